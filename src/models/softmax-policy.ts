import type { Values } from "../tensor/parameter.ts";

/**
 * The paper's theoretical policy (Section 3): π_θ(y|x) = exp(θᵀφ_{y,x}) / Σ_y' exp(θᵀφ_{y',x}), in float64.
 * A prompt's `features` hold one vector φ_{y,x} for each of its responses: [responses, dimensions].
 */
export type Features = readonly (readonly number[])[];

/** log π_θ(y|x) of every response y of one prompt: [responses]. */
export function logProbs(theta: Values, features: Features): number[] {
  const scores = features.map((phi) => dot(theta, phi));
  const largest = Math.max(...scores);
  let sum = 0;
  for (const score of scores) sum += Math.exp(score - largest);
  const logPartition = largest + Math.log(sum);
  return scores.map((score) => score - logPartition);
}

/**
 * Adds `scale · Σ_y weights[y] ∇ log π_θ(y|x)` to `into`, where ∇ log π_θ(y|x) = φ_{y,x} − Σ_y' π_θ(y'|x) φ_{y',x}.
 * @param logProbs of every response, as `logProbs` gives them
 * @param weights of the first responses; those beyond have weight 0
 */
export function addGradient(
  features: Features,
  logProbs: readonly number[],
  weights: ArrayLike<number>,
  scale: number,
  into: Values,
): void {
  let total = 0;
  for (let y = 0; y < weights.length; y++) total += weights[y]!;
  for (let y = 0; y < features.length; y++) {
    const phi = features[y]!;
    const coefficient = scale * ((weights[y] ?? 0) - total * Math.exp(logProbs[y]!));
    for (let d = 0; d < phi.length; d++) into[d]! += coefficient * phi[d]!;
  }
}

function dot(a: Values, b: readonly number[]): number {
  let sum = 0;
  for (let d = 0; d < b.length; d++) sum += a[d]! * b[d]!;
  return sum;
}
