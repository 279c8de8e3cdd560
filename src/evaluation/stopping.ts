import { optimalityGaps } from "./gaps.ts";
import { paretoFront } from "./pareto.ts";
import type { LossPoint } from "./point.ts";

/** `stop` of a specification. */
export interface StoppingRule {
  /** How near is near enough, in the losses' unit. */
  readonly gap: number;
  /** Points [f_SFT, f_DPO] that are good enough; D.2 takes those where ALRIGHT runs of several λ ended. */
  readonly front: readonly (readonly [number, number])[];
  /** Whether one objective near its f* is enough, or both have to be. */
  readonly gaps: "either" | "both";
}

/**
 * The stopping criterion of the joint methods (D.2), asked at evaluations: the losses are near f*, or within `gap` of a
 * point of the reference front in both objectives. The paper names f* and the front as the criterion and no rule; its
 * public code stops where *either* optimality gap is at most `gap`, the default here. `both` is the stricter reading.
 * Sequential has no criterion.
 * @returns what was reached, or null
 */
export function criterionReached(
  losses: LossPoint,
  rule: StoppingRule,
  ideal: LossPoint | null,
): "ideal" | "front" | null {
  const { gap, front, gaps } = rule;
  if (ideal) {
    const { dpo, sft } = optimalityGaps(losses, ideal);
    const near = [dpo <= gap, sft <= gap];
    if (gaps === "both" ? near.every(Boolean) : near.some(Boolean)) return "ideal";
  }
  return front.some(([sft, dpo]) => losses.sft <= sft + gap && losses.dpo <= dpo + gap) ? "front" : null;
}

/** `stop.front` out of where runs ended: the points [f_SFT, f_DPO] that none of the others dominates, by rising f_SFT. */
export function stoppingFront(ends: readonly LossPoint[]): [number, number][] {
  return paretoFront(ends).map(({ sft, dpo }) => [sft, dpo]);
}
