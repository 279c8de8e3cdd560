import type { LossPoint } from "../evaluation/point.ts";

/** What is known at a λ: the mean of its runs, or null while they go on. */
export interface Tried {
  readonly lambda: number;
  readonly point: LossPoint | null;
}

/** λ closer than this are one. */
const finest = 1e-4;

/** The part of an interval of λ, about its middle, that the next λ is in: a guess at where the front bends is no more than that. */
const middle = 1 / 3;

/**
 * The next λ of an adaptive sweep. Two neighbours on a front leave room for the box between them, (f_DPO(λᵢ) − f_DPO(λᵢ₊₁))
 * (f_SFT(λᵢ₊₁) − f_SFT(λᵢ)), where f_DPO falls and f_SFT rises with λ: the hypervolume that is not known yet. The largest box is
 * divided, at the λ whose weighted loss (eq. 5) is the same for both neighbours: on a convex front its optimum lies where the front is
 * parallel to their chord (Aneja and Nair 1979; Cohon 1978). Runs are not optimal, so it is kept to the middle third of the
 * interval, which leaves neither part more than two thirds of it. A λ that is still computed stands in proportion between its neighbours.
 * Where no box is left, the widest interval is halved. Null: λ are as close as they get.
 *
 * @param reference losses beyond it count as it: hypervolume there is of no interest
 */
export function nextLambda(tried: readonly Tried[], reference: LossPoint | null = null): number | null {
  const known = filledIn([...tried].sort((a, b) => a.lambda - b.lambda));
  let best: { lambda: number; room: number; width: number } | null = null;
  for (let i = 0; i + 1 < known.length; i++) {
    const [left, right] = [known[i]!, known[i + 1]!];
    const width = right.lambda - left.lambda;
    if (width < 2 * finest) continue;
    const box = boxBetween(left.point, right.point, reference);
    const room = box ? box.dpo * box.sft : 0;
    if (best && (room < best.room || (room === best.room && width <= best.width))) continue;
    const half = left.lambda + width / 2;
    // λ f_DPO + (1 − λ) f_SFT is equal at both.
    const chord: number = box && room > 0 ? box.sft / (box.dpo + box.sft) : half;
    const from = half - (width * middle) / 2;
    best = { lambda: Math.min(Math.max(chord, from), from + width * middle), room, width };
  }
  return best && Number(best.lambda.toFixed(6));
}

/** Its sides, none of them negative. */
function boxBetween(
  left: LossPoint | null,
  right: LossPoint | null,
  reference: LossPoint | null,
): LossPoint | null {
  if (!left || !right) return null;
  const dpo = (point: LossPoint) => Math.min(point.dpo, reference?.dpo ?? Infinity);
  const sft = (point: LossPoint) => Math.min(point.sft, reference?.sft ?? Infinity);
  return { dpo: Math.max(0, dpo(left) - dpo(right)), sft: Math.max(0, sft(right) - sft(left)) };
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
