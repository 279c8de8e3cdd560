import { EvaluationError } from "./error.ts";
import { spread } from "./statistics.ts";
import { studentQuantile } from "./student.ts";

/** A mean of one figure for each seed, and where the mean over all seeds lies. */
export interface MeanOverSeeds {
  readonly mean: number;
  /** Student's interval of the mean; null for one seed, which has none. */
  readonly interval: readonly [low: number, high: number] | null;
  readonly seeds: number;
}

/**
 * Mean and interval of one figure for each seed: mean ± t · deviation / √seeds, with t of seeds − 1 degrees of freedom.
 *
 * @param confidence of the interval, between 0 and 1
 * @throws EvaluationError where there is no value, or one that is no number
 */
export function overSeeds(values: readonly number[], confidence = 0.95): MeanOverSeeds {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  const all = spread(values);
  if (!all || bad >= 0)
    throw new EvaluationError(
      `over seeds: ${all ? `value ${bad + 1} is ${values[bad]}` : "there are no values"}; expected a number for each seed`,
    );
  const { mean, deviation, count } = all;
  if (deviation === null) return { mean, interval: null, seeds: count };
  const half = (studentQuantile((1 + confidence) / 2, count - 1) * deviation) / Math.sqrt(count);
  return { mean, interval: [mean - half, mean + half], seeds: count };
}

/** `0.59 ± 0.05`: the mean and half of its interval; of one seed the value alone. */
export function saidOverSeeds(values: readonly number[], digits: number): string {
  const { mean, interval } = overSeeds(values);
  // What rounds to zero has no sign.
  const said = mean.toFixed(digits).replace(/^-(0\.?0*)$/, "$1");
  return interval ? `${said} ± ${((interval[1] - interval[0]) / 2).toFixed(digits)}` : said;
}

/** One of the comparisons that a claim is made of, at one λ, say. */
export interface Margin {
  /** Where: `λ = 0.5`. */
  readonly at: string;
  /** By how much the claim is true, once for each seed: above 0 it is, below it is not. Runs of one seed are compared with one another. */
  readonly bySeed: readonly number[];
}

/** Whether a margin's interval lies above 0, below, or on both sides; of one seed, on which side its only value lies. */
export type Standing = "for" | "against" | "undecided";

export function decided({ bySeed }: Margin, confidence = 0.95): Standing {
  const { mean, interval } = overSeeds(bySeed, confidence);
  const [low, high] = interval ?? [mean, mean];
  return low > 0 ? "for" : interval && high >= 0 ? "undecided" : "against";
}
