/** Points in objective space: both losses, smaller is better. */
export interface LossPoint {
  readonly dpo: number;
  readonly sft: number;
}

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

/** The points that no other point dominates (none is at least as good in both losses and better in one), by rising f_SFT. */
export function paretoFront<P extends LossPoint>(points: readonly P[]): P[] {
  const sorted = points
    .filter(({ dpo, sft }) => !Number.isNaN(dpo) && !Number.isNaN(sft))
    .sort((a, b) => a.sft - b.sft || a.dpo - b.dpo);
  const front: P[] = [];
  for (const point of sorted) {
    const last = front.at(-1);
    if (!last || point.dpo < last.dpo || (point.dpo === last.dpo && point.sft === last.sft))
      front.push(point);
  }
  return front;
}

/** The area that the points dominate below the reference point (2-D hypervolume); larger is better. */
export function hypervolume(points: readonly LossPoint[], reference: LossPoint): number {
  const inside = points.filter(({ dpo, sft }) => dpo < reference.dpo && sft < reference.sft);
  let area = 0;
  let above = reference.dpo;
  for (const { dpo, sft } of paretoFront(inside)) {
    area += (reference.sft - sft) * (above - dpo);
    above = dpo;
  }
  return area;
}
