import type { LossPoint } from "./point.ts";

/** f − f*, for each objective (eq. (6) at λ = 1 and 0). Negative where a run went below the approximate minimum. */
export function optimalityGaps(losses: LossPoint, ideal: LossPoint): LossPoint {
  return { dpo: losses.dpo - ideal.dpo, sft: losses.sft - ideal.sft };
}

/** G_Mix,λ (eq. (6)) with λ f*_DPO + (1 − λ) f*_SFT, its lower bound, in place of min f_Mix,λ. */
export function mixedGap(losses: LossPoint, ideal: LossPoint, lambda: number): number {
  return lambda * (losses.dpo - ideal.dpo) + (1 - lambda) * (losses.sft - ideal.sft);
}

/** Euclidean distance of (f_DPO, f_SFT) from the ideal point. */
export function idealDistance(losses: LossPoint, ideal: LossPoint): number {
  return Math.hypot(losses.dpo - ideal.dpo, losses.sft - ideal.sft);
}
