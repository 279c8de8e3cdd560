/** Counts of lengths in bins of equal width. */
export interface Histogram {
  /** Width of a bin: bin i has the lengths from i · width, below (i + 1) · width. */
  readonly width: number;
  readonly counts: readonly number[];
}

/** Quantiles of lengths, each one that occurs (nearest rank); zeros where there are none. */
export interface Quantiles {
  readonly minimum: number;
  readonly quartile1: number;
  readonly median: number;
  readonly quartile3: number;
  readonly percentile95: number;
  readonly maximum: number;
}

/** @param bins at most; the width is 1, 2 or 5 times a power of ten */
export function histogram(lengths: ArrayLike<number>, bins = 16): Histogram {
  let longest = 0;
  for (let i = 0; i < lengths.length; i++) longest = Math.max(longest, lengths[i]!);
  let width = 1;
  for (let power = 1; Math.floor(longest / width) >= bins; power *= 10)
    for (const step of [1, 2, 5, 10]) {
      width = step * power;
      if (Math.floor(longest / width) < bins) break;
    }
  const counts = new Array<number>(lengths.length === 0 ? 0 : Math.floor(longest / width) + 1).fill(0);
  for (let i = 0; i < lengths.length; i++) counts[Math.floor(lengths[i]! / width)]!++;
  return { width, counts };
}

export function quantiles(lengths: ArrayLike<number>): Quantiles {
  const sorted = Float64Array.from(lengths).sort();
  const at = (p: number) => sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? 0;
  return {
    minimum: at(0),
    quartile1: at(0.25),
    median: at(0.5),
    quartile3: at(0.75),
    percentile95: at(0.95),
    maximum: at(1),
  };
}
