/** Columns that go, in this order, where there is no room for all: what a run's name says already, then what is looked at least. */
const leastNeeded = [
  "method",
  "peakMemory",
  "hypervolume",
  "seconds",
  "steps",
  "step",
  "dpoGap",
  "sftGap",
  "lambda",
];

/**
 * Leaves columns out until the others fit.
 * @param without columns that are left out in any case
 */
export function withRoom(
  without: ReadonlySet<string>,
  fits: (without: ReadonlySet<string>) => boolean,
): ReadonlySet<string> {
  const left = new Set(without);
  for (const key of leastNeeded) {
    if (fits(left)) break;
    left.add(key);
  }
  return left;
}
