import { sigmoid, softplus } from "../logistic.ts";
import { TheoryError } from "./error.ts";

/**
 * The example behind Theorem 3.3 (Table 2, Figure 5): θ ∈ ℝ, one preference row and one SFT row, two responses each. Both feature
 * differences are ½ in size and opposite in sign, so either objective falls where the other one rises.
 */
export const table2 = {
  /** φ(x₁, y_w), φ(x₁, y_l). */
  preference: [[-1], [-0.5]],
  /** φ(x₂, y), φ(x₂, y'). */
  sft: [[1], [0.5]],
} as const;

/** The losses of Table 2 as closed forms; `theta` is one number everywhere. */
export interface Counterexample {
  /** θ_ref. */
  readonly reference: number;
  /** c of eq. (35): e^{−βθ_ref/2}. */
  readonly c: number;
  /** Eq. (35): log(1 + c e^{βθ/2}); (1 + e^{θ/2})/(1 + e^{−θ/2}), as printed for β = 1, is e^{θ/2}. */
  dpo(theta: number): number;
  /** Eq. (36): log(1 + e^{−θ/2}). */
  sft(theta: number): number;
  /** Eq. (37): f_DPO's derivative. */
  dpoGradient(theta: number): number;
  /** Eq. (38): f_SFT's derivative. */
  sftGradient(theta: number): number;
  /** f_Mix,λ = λ f_DPO + (1−λ) f_SFT. */
  mix(theta: number, lambda: number): number;
  /** The minimiser of f_Mix,λ. @throws TheoryError unless 0 < λ < 1: at the ends the infimum is not attained */
  minimizer(lambda: number): number;
  /** G_Mix,λ(θ), eq. (6). */
  gap(theta: number, lambda: number): number;
}

/**
 * @param reference θ_ref: −10 is what eq. (37) and c = e⁵ mean; the text beside it says −5
 */
export function counterexample(reference = -10): Counterexample {
  const shift = -reference / 2;
  const example: Counterexample = {
    reference,
    c: Math.exp(shift),
    dpo: (theta) => softplus(theta / 2 + shift),
    sft: (theta) => softplus(-theta / 2),
    dpoGradient: (theta) => sigmoid(theta / 2 + shift) / 2,
    sftGradient: (theta) => -sigmoid(-theta / 2) / 2,
    mix: (theta, lambda) => lambda * example.dpo(theta) + (1 - lambda) * example.sft(theta),
    minimizer(lambda) {
      if (!(lambda > 0 && lambda < 1))
        throw new TheoryError(`λ is ${lambda}; the mixed loss has a minimum for 0 < λ < 1 only`);
      // λσ(u + s) = (1−λ)σ(−u) with u = θ/2: a square equation in e = e^u, λc e² + (2λ−1)c e − (1−λ) = 0.
      const a = lambda * example.c;
      const b = (2 * lambda - 1) * example.c;
      const root = Math.sqrt(b * b + 4 * a * (1 - lambda));
      const e = b > 0 ? (2 * (1 - lambda)) / (b + root) : (root - b) / (2 * a);
      return 2 * Math.log(e);
    },
    gap: (theta, lambda) => example.mix(theta, lambda) - example.mix(example.minimizer(lambda), lambda),
  };
  return example;
}
