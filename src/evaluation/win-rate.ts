import { sigmoid, softplus } from "../logistic.ts";
import { EvaluationError } from "./error.ts";
import { spread } from "./statistics.ts";

/** One comparison of a model's response with the reference's. */
export interface Comparison {
  /** How much the model's response is preferred: 1 it wins, 0 the reference wins, ½ a draw; between for a judge with probabilities. */
  readonly preference: number;
  /** Length of the model's response and of the reference's, in characters. */
  readonly lengths: readonly [model: number, reference: number];
}

/** AlpacaEval's figures, in percent. */
export interface WinRate {
  /** 100 · mean preference: a draw counts ½. */
  readonly winRate: number;
  /** Standard error of that; null for fewer than two. */
  readonly standardError: number | null;
  readonly wins: number;
  readonly losses: number;
  readonly draws: number;
  readonly count: number;
  /** What it would be if both responses had the same length (`lengthControlled`); null where that can't be fitted. */
  readonly lengthControlled: number | null;
}

/**
 * Win rate as AlpacaEval scores it (https://github.com/tatsu-lab/alpaca_eval, metrics/helpers.py).
 *
 * @throws EvaluationError where there is nothing to compare, or a preference is not within [0, 1]
 */
export function winRate(comparisons: readonly Comparison[]): WinRate {
  const count = comparisons.length;
  if (count === 0) throw new EvaluationError("win rate: no comparisons; expected at least one");
  for (const [i, { preference }] of comparisons.entries()) {
    if (!(preference >= 0 && preference <= 1))
      throw new EvaluationError(
        `win rate: comparison ${i + 1} has preference ${preference}; expected 0 to 1`,
      );
  }
  const { mean, deviation } = spread(comparisons.map(({ preference }) => preference))!;
  return {
    winRate: 100 * mean,
    standardError: deviation === null ? null : (100 * deviation) / Math.sqrt(count),
    wins: comparisons.filter(({ preference }) => preference > 0.5).length,
    losses: comparisons.filter(({ preference }) => preference < 0.5).length,
    draws: comparisons.filter(({ preference }) => preference === 0.5).length,
    count,
    lengthControlled: lengthControlled(comparisons),
  };
}

/** Keeps the fit finite where all of one kind win; far below what a comparison weighs. */
const RIDGE = 1e-3;

/**
 * Win rate in percent at equal length: logit P(win) = a + b · tanh(δ / sd δ), where δ is how much longer the reference is,
 * fitted by maximum likelihood; the answer is P at δ = 0. This is AlpacaEval 2's model without its terms for the
 * difficulty of its own prompts (`length_controlled_minimal`; Dubois et al. 2024, arXiv 2404.04475).
 *
 * @returns null where all lengths differ by the same, so that length and quality can't be told apart
 */
export function lengthControlled(comparisons: readonly Comparison[]): number | null {
  const differences = comparisons.map(({ lengths: [model, reference] }) => reference - model);
  const deviation = spread(differences)?.deviation;
  if (!deviation) return null;
  const x = differences.map((d) => Math.tanh(d / deviation));
  let [a, b] = [0, 0];
  // Newton's method on a strictly convex function of two numbers, halved where a step would not descend.
  const loss = (a: number, b: number) =>
    comparisons.reduce(
      (sum, { preference }, i) => sum + softplus(a + b * x[i]!) - preference * (a + b * x[i]!),
      (RIDGE / 2) * (a * a + b * b),
    );
  for (let iteration = 0; iteration < 100; iteration++) {
    let [ga, gb, haa, hab, hbb] = [RIDGE * a, RIDGE * b, RIDGE, 0, RIDGE];
    for (const [i, { preference }] of comparisons.entries()) {
      const p = sigmoid(a + b * x[i]!);
      const w = p * (1 - p);
      ga += p - preference;
      gb += (p - preference) * x[i]!;
      haa += w;
      hab += w * x[i]!;
      hbb += w * x[i]! ** 2;
    }
    if (Math.hypot(ga, gb) < 1e-10 * comparisons.length) break;
    const determinant = haa * hbb - hab * hab;
    const [da, db] = [(hbb * ga - hab * gb) / determinant, (haa * gb - hab * ga) / determinant];
    let step = 1;
    while (step > 1e-8 && loss(a - step * da, b - step * db) > loss(a, b)) step /= 2;
    a -= step * da;
    b -= step * db;
  }
  return 100 * sigmoid(a);
}
