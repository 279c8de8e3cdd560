import type { Counterexample } from "./counterexample.ts";

export interface AlternatingOptions {
  readonly lambda: number;
  /** T: θ₁ is the start, so T − 1 steps lead to θ_T. */
  readonly steps: number;
  /** α₀ of α_t = α₀/√T (Theorem 4.1). */
  readonly alpha0: number;
  /** How many independent runs the expectation is a mean over. */
  readonly runs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly start?: number;
}

/** A mean over independent runs with its standard error. */
export interface Estimate {
  readonly mean: number;
  readonly standardError: number;
}

/** E[G_Mix,λ(θ_T)] of ALRIGHT (Algorithm 2) on the example of Theorem 3.3, by simulation. */
export function alternatingGap(example: Counterexample, options: AlternatingOptions): Estimate {
  const { lambda, steps, alpha0, runs, random, start = 0 } = options;
  const alpha = alpha0 / Math.sqrt(steps);
  const gaps = new Float64Array(runs);
  for (let run = 0; run < runs; run++) {
    let theta = start;
    for (let t = 1; t < steps; t++)
      theta -= alpha * (random() < lambda ? example.dpoGradient(theta) : example.sftGradient(theta));
    gaps[run] = example.gap(theta, lambda);
  }
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / runs;
  const squares = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / (runs - 1) / runs) };
}

/**
 * The constant a in E[G_Mix,λ(θ_T)] → a · α₀/√T: once the start is forgotten, θ moves about its optimum with variance α s²/(2h), where s² is
 * the variance of a step's gradient and h the curvature there, both at the optimum; half the curvature of that is the gap, so a = s²/4. By
 * first-order optimality λ g_DPO = −(1−λ) g_SFT, and s² = λ g_DPO² + (1−λ) g_SFT².
 */
export function noiseFloor(example: Counterexample, lambda: number): number {
  const theta = example.minimizer(lambda);
  const variance = lambda * example.dpoGradient(theta) ** 2 + (1 - lambda) * example.sftGradient(theta) ** 2;
  return variance / 4;
}
