import { Random } from "../data/random.ts";
import { experimentNames, experiment as experimentOf } from "./grid.ts";
import { type ShippedRun, shippedRuns, shippedSeeds } from "./shipped.ts";

/** A claim about shipped runs, and the one of them that is made again to hold the claim against. */
export interface DrawnPoint<Claim> {
  readonly claim: Claim;
  readonly experiment: string;
  readonly run: ShippedRun;
}

/** Experiments that have whole seeds here and belong to a figure or table of the paper: "Fig. 3", "Fig. 8, Table 1". */
export function experimentsOf(item: string): string[] {
  const named = item.split(/,\s*/);
  return experimentNames().filter(
    (name) => experimentOf(name).items.some((own) => named.includes(own)) && shippedSeeds(name).length > 0,
  );
}

/**
 * One shipped run for each claim that is about shipped runs (by its item), and the claims in the order in which they should be gone through: where time is short,
 * the first ones are a fair sample. The same claims, runs and seed give the same draw.
 */
export function drawPoints<Claim extends { readonly item?: string }>(
  claims: readonly Claim[],
  seed: number,
): DrawnPoint<Claim>[] {
  const random = new Random(`points ${seed}`);
  const runs = new Map<string, readonly DrawnPoint<null>[]>();
  const runsOf = (item: string) => {
    if (!runs.has(item))
      runs.set(
        item,
        experimentsOf(item).flatMap((experiment) =>
          shippedRuns(experiment).map((run) => ({ claim: null, experiment, run })),
        ),
      );
    return runs.get(item)!;
  };
  const drawn = claims.flatMap((claim) => {
    const among = claim.item === undefined ? [] : runsOf(claim.item);
    return among.length > 0 ? [{ ...among[random.integer(among.length)]!, claim }] : [];
  });
  for (let i = drawn.length - 1; i > 0; i--) {
    const other = random.integer(i + 1);
    [drawn[i], drawn[other]] = [drawn[other]!, drawn[i]!];
  }
  return drawn;
}
