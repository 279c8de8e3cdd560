import type { LossPoint } from "../evaluation/point.ts";

/** What is known at a λ: the mean of its runs, or null while they go on. */
export interface Tried {
  readonly lambda: number;
  readonly point: LossPoint | null;
}

/** λ closer than this are one. */
const finest = 1e-4;

/**
 * The next λ of an adaptive sweep: the middle of the neighbours between which the front could gain most hypervolume. Two
 * points of a front leave room for the box between them, (f_DPO(λᵢ) − f_DPO(λᵢ₊₁)) (f_SFT(λᵢ₊₁) − f_SFT(λᵢ)), where f_DPO falls
 * and f_SFT rises with λ. A λ that is still computed stands at the middle of its neighbours. Where no box is left, the widest
 * interval of λ is taken. Null: λ are as close as they get.
 */
export function nextLambda(tried: readonly Tried[]): number | null {
  const known = filledIn([...tried].sort((a, b) => a.lambda - b.lambda));
  let best: { lambda: number; room: number; width: number } | null = null;
  for (let i = 0; i + 1 < known.length; i++) {
    const [left, right] = [known[i]!, known[i + 1]!];
    const width = right.lambda - left.lambda;
    if (width < 2 * finest) continue;
    const room = roomBetween(left.point, right.point);
    const candidate = { lambda: (left.lambda + right.lambda) / 2, room, width };
    if (!best || room > best.room || (room === best.room && width > best.width)) best = candidate;
  }
  return best && Number(best.lambda.toFixed(6));
}

function roomBetween(left: LossPoint | null, right: LossPoint | null): number {
  if (!left || !right) return 0;
  return Math.max(0, left.dpo - right.dpo) * Math.max(0, right.sft - left.sft);
}

/** λ without a point yet: between the nearest that have one, in proportion. */
function filledIn(tried: readonly Tried[]): Tried[] {
  return tried.map((one, i) => {
    if (one.point) return one;
    const left = tried
      .slice(0, i)
      .reverse()
      .find(({ point }) => point);
    const right = tried.slice(i + 1).find(({ point }) => point);
    if (!left?.point || !right?.point) return one;
    const share = (one.lambda - left.lambda) / (right.lambda - left.lambda);
    const between = (a: number, b: number) => a + share * (b - a);
    const point = {
      dpo: between(left.point.dpo, right.point.dpo),
      sft: between(left.point.sft, right.point.sft),
    };
    return { lambda: one.lambda, point };
  });
}
