/** The seed of a random test: `SEED` from the environment, so that a failure can be had again, or another each time. At least 1. */
export function randomSeed(below = 2 ** 31): number {
  if (process.env.SEED === undefined) return 1 + Math.floor(Math.random() * (below - 1));
  const given = Number(process.env.SEED);
  if (!Number.isInteger(given) || given < 1)
    throw new Error(`SEED is ${JSON.stringify(process.env.SEED)}; expected a positive integer`);
  return given;
}
