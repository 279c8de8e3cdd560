import { sigmoid } from "../objectives/logistic.ts";

/** What Algorithm 1 leaves behind on the example of Theorem 3.3. */
export interface SequentialPath {
  /** θ before the first step, and after every one: [2·steps + 1]; the DPO stage ends at index `steps`. */
  readonly theta: Float64Array;
  readonly afterDpo: number;
  readonly end: number;
}

/**
 * Algorithm 1 on Table 2 with the iterates (40) and (41): `steps` of θ ← θ − α σ(θ/2 + 5), then as many of θ ← θ + α σ(−θ/2). The
 * gradients (37) and (38) have a factor ½ that (40) and (41) leave out, so α here is half of a learning rate.
 *
 * @param learningRate α, the same at every step or by step (from 1) of a stage
 * @param start θ before the first step (the paper's: 0)
 */
export function sequentialPath(
  steps: number,
  learningRate: number | ((step: number) => number),
  start = 0,
): SequentialPath {
  const rate = typeof learningRate === "number" ? () => learningRate : learningRate;
  const theta = new Float64Array(2 * steps + 1);
  theta[0] = start;
  for (let t = 0; t < steps; t++) theta[t + 1] = theta[t]! - rate(t + 1) * sigmoid(theta[t]! / 2 + 5);
  for (let t = 0; t < steps; t++) {
    const at = theta[steps + t]!;
    theta[steps + t + 1] = at + rate(t + 1) * sigmoid(-at / 2);
  }
  return { theta, afterDpo: theta[steps]!, end: theta[2 * steps]! };
}
