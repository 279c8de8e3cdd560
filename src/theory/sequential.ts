import { sigmoid } from "../logistic.ts";

/** What Algorithm 1 leaves behind on the example of Theorem 3.3. */
export interface SequentialPath {
  /** θ of both stages, one after the other: [2T − 1]; the DPO stage ends, and the SFT stage begins, at index T − 1. */
  readonly theta: Float64Array;
  readonly afterDpo: number;
  readonly end: number;
}

/**
 * Algorithm 1 on Table 2 with the iterates (40) and (41): T − 1 steps of θ ← θ − α σ(θ/2 + 5), then as many of θ ← θ + α σ(−θ/2). The
 * gradients (37) and (38) have a factor ½ that (40) and (41) leave out, so α here is half of a learning rate.
 *
 * @param steps T of each stage, whose iterates are θ₁ … θ_T
 * @param learningRate α, the same at every step or by step (from 1) of a stage
 * @param start θ before the first step (the paper's: 0)
 */
export function sequentialPath(
  steps: number,
  learningRate: number | ((step: number) => number),
  start = 0,
): SequentialPath {
  const rate = typeof learningRate === "number" ? () => learningRate : learningRate;
  const last = steps - 1;
  const theta = new Float64Array(2 * last + 1);
  theta[0] = start;
  for (let t = 0; t < last; t++) theta[t + 1] = theta[t]! - rate(t + 1) * sigmoid(theta[t]! / 2 + 5);
  for (let t = 0; t < last; t++) {
    const at = theta[last + t]!;
    theta[last + t + 1] = at + rate(t + 1) * sigmoid(-at / 2);
  }
  return { theta, afterDpo: theta[last]!, end: theta[2 * last]! };
}
