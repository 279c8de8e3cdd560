/** What the bounds of Section 4 and Appendix A are made of. */
export interface BoundOptions {
  readonly lambda: number;
  readonly alpha0: number;
  /** T ≥ 2. */
  readonly steps: number;
  /** ‖θ₁ − θ*‖. */
  readonly distance: number;
  readonly beta: number;
  /** Φ, the largest ‖φ_{y,x}‖ (Assumption 3.2). */
  readonly featureNorm: number;
}

/** Bounds of the squared gradient norms: ‖g_DPO‖² ≤ 4β²Φ², ‖g_SFT‖² ≤ 4Φ² (eqs. (24), (28), which name them M₁ and M₂). */
export function squaredGradientBounds(beta: number, featureNorm: number): { dpo: number; sft: number } {
  return { dpo: 4 * beta ** 2 * featureNorm ** 2, sft: 4 * featureNorm ** 2 };
}

/**
 * Theorem A.8 as it is printed (51): α₀‖θ₁−θ*‖²/(2√T) + (2 + log(T−1)) M_λ² α₀/(2√T), M_λ = λM₁ + (1−λ)M₂. The first term has α₀ on the wrong side
 * of the fraction (by (54) it divides), and M₁ and M₂ bound squared norms, so their mean is not to be squared again.
 */
export function printedBound(options: BoundOptions): number {
  const { lambda, alpha0, steps, distance, beta, featureNorm } = options;
  const { dpo, sft } = squaredGradientBounds(beta, featureNorm);
  const mean = lambda * dpo + (1 - lambda) * sft;
  const root = 2 * Math.sqrt(steps);
  return (alpha0 * distance ** 2) / root + ((2 + Math.log(steps - 1)) * mean ** 2 * alpha0) / root;
}

/** What the paper's proof shows: ‖θ₁−θ*‖²/(2α₀√T) + (2 + log(T−1)) α₀ (λ4β²Φ² + (1−λ)4Φ²)/(2√T). */
export function correctedBound(options: BoundOptions): number {
  const { lambda, alpha0, steps, distance, beta, featureNorm } = options;
  const { dpo, sft } = squaredGradientBounds(beta, featureNorm);
  const root = 2 * Math.sqrt(steps);
  return (
    distance ** 2 / (alpha0 * root) +
    ((2 + Math.log(steps - 1)) * alpha0 * (lambda * dpo + (1 - lambda) * sft)) / root
  );
}
