/** The middle value, or the mean of the two middle ones; null where there is none. Nulls and NaN are left out. */
export function median(values: readonly (number | null)[]): number | null {
  return weightedMedian(values.map((value) => ({ value, weight: 1 })));
}

/** The value at which half of the weight is reached; between two values where it is reached exactly. */
export function weightedMedian(
  values: readonly { readonly value: number | null; readonly weight: number }[],
): number | null {
  const sorted = values
    .flatMap(({ value, weight }) =>
      value === null || Number.isNaN(value) || !(weight > 0) ? [] : [{ value, weight }],
    )
    .sort((a, b) => a.value - b.value);
  const half = sorted.reduce((sum, { weight }) => sum + weight, 0) / 2;
  let reached = 0;
  for (const [i, { value, weight }] of sorted.entries()) {
    reached += weight;
    if (reached > half) return value;
    if (reached === half) return (value + sorted[i + 1]!.value) / 2;
  }
  return null;
}

/** Mean and sample standard deviation (null for one value) of some figures. */
export interface Spread {
  readonly mean: number;
  readonly deviation: number | null;
  readonly smallest: number;
  readonly largest: number;
  readonly count: number;
}

/** null where there are no values. */
export function spread(values: readonly number[]): Spread | null {
  const count = values.length;
  if (count === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    mean,
    deviation: count > 1 ? Math.sqrt(squares / (count - 1)) : null,
    smallest: Math.min(...values),
    largest: Math.max(...values),
    count,
  };
}
