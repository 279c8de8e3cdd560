/**
 * The derivative at 0 of a function that can be known no better than to `noise` (2e-16 of its value for float64, 1e-7
 * for float32), by Ridders' method (Advances in Engineering Software 4, 1982): central differences with smaller and
 * smaller steps, from `step` on, extrapolated to none. Of all estimates it is the one that agrees best with the two it
 * was made of, where the noise in a small step's difference counts as disagreement: two of them can agree by chance.
 * It ends at an estimate that agrees within `accuracy` of its size.
 */
export async function derivative(
  f: (change: number) => number | Promise<number>,
  { step, noise, accuracy, levels = 10 }: { step: number; noise: number; accuracy: number; levels?: number },
): Promise<number> {
  let best = { value: Number.NaN, error: Number.POSITIVE_INFINITY };
  let above: number[] = [];
  for (let level = 0; level < levels && !(best.error < accuracy * Math.abs(best.value)); level++) {
    const distance = step / 2 ** level;
    const [ahead, behind] = [await f(distance), await f(-distance)];
    const least = (noise * Math.max(1, Math.abs(ahead))) / distance;
    const row = [(ahead - behind) / (2 * distance)];
    for (const [order, coarser] of above.entries()) {
      const finer = row[order]!;
      const value = finer + (finer - coarser) / (4 ** (order + 1) - 1);
      row.push(value);
      const error = Math.max(Math.abs(value - finer), Math.abs(value - coarser)) + least;
      if (error < best.error) best = { value, error };
    }
    above = row;
  }
  return best.value;
}
