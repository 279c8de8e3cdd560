import { type Margin, saidOverSeeds } from "../evaluation/index.ts";
import { PaperError } from "./error.ts";
import type { Experiment } from "./grid.ts";
import type { ShippedRun } from "./shipped.ts";

type Figure = (run: ShippedRun) => number;

/** An experiment's runs by method, λ / T pair and seed, to compare methods with. */
export interface GridTable {
  /** Those of which every run is there. */
  readonly seeds: readonly number[];
  /** Its run of one seed; of the first one if left out. @throws PaperError where there is none */
  run(method: string, pair: number, seed?: number): ShippedRun;
  /** A figure of each pair, as `0.59 ± 0.05` (mean over seeds, half of its 95% interval), or of one seed the figure alone. */
  row(method: string, figure: Figure, digits: number): string;
  /** A difference at each pair, for `Claims.overSeeds`: positive where the claim is true. */
  margins(difference: (at: (method: string) => ShippedRun, pair: number) => number): Margin[];
  /** One difference over all pairs of a seed. */
  margin(
    where: string,
    difference: (at: (method: string, pair: number) => ShippedRun) => number,
  ): readonly [Margin];
}

/** @param runs of one experiment, as `shippedRuns` has them */
export function gridTable(runs: readonly ShippedRun[], pairs: Experiment["pairs"]): GridTable {
  const seeds = [...new Set(runs.map(({ seed }) => seed))];
  const run = (method: string, pair: number, seed = seeds[0]) => {
    const found = runs.find((one) => one.method === method && one.pair === pair && one.seed === seed);
    if (!found)
      throw new PaperError(
        `the grid has no run of ${method} at ${said(pairs[pair])}, seed ${seed}; it has ${[...new Set(runs.map((one) => one.method))].join(", ")} at ${pairs.map(said).join(", ")} and seeds ${seeds.join(", ")}`,
      );
    return found;
  };
  return {
    seeds,
    run,
    row: (method, figure, digits) =>
      pairs
        .map((_, pair) =>
          saidOverSeeds(
            seeds.map((seed) => figure(run(method, pair, seed))),
            digits,
          ),
        )
        .join(", "),
    margins: (difference) =>
      pairs.map((each, pair) => ({
        at: said(each),
        bySeed: seeds.map((seed) => difference((method) => run(method, pair, seed), pair)),
      })),
    margin: (at, difference) => [
      { at, bySeed: seeds.map((seed) => difference((method, pair) => run(method, pair, seed))) },
    ],
  };
}

const said = (pair: Experiment["pairs"][number] | undefined) => `λ = ${pair?.lambda}`;
