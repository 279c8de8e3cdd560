import { EvaluationError } from "./error.ts";

/** Points in objective space: both losses, smaller is better. */
export interface LossPoint {
  readonly dpo: number;
  readonly sft: number;
}

/** A point of any number of objectives, all to be minimised: numbers in the objectives' order, or both losses. */
export type ObjectivePoint = LossPoint | readonly number[];

/** Its coordinates; those of both losses are (f_DPO, f_SFT). */
export function coordinates(point: ObjectivePoint): readonly number[] {
  return "dpo" in point ? [point.dpo, point.sft] : point;
}

/**
 * The points as coordinates, with their places in the list. Points with a NaN or infinite coordinate are left out: they
 * are results of runs that failed, and no comparison with them says anything.
 * @throws EvaluationError where the points differ in their number of objectives, or have none
 */
export function finitePoints(points: readonly ObjectivePoint[]): { at: number; x: readonly number[] }[] {
  const all = points.map((point, at) => ({ at, x: coordinates(point) }));
  const objectives = all[0]?.x.length;
  for (const { at, x } of all)
    if (x.length !== objectives || x.length === 0)
      throw new EvaluationError(
        `point ${at} has ${x.length} objectives; expected ${objectives || "at least 1"}, as the points before it`,
      );
  return all.filter(({ x }) => x.every(Number.isFinite));
}

/** @throws EvaluationError where a reference point or front has another number of objectives */
export function checkObjectives(what: string, x: readonly number[], expected: number | undefined): void {
  if (expected !== undefined && x.length !== expected)
    throw new EvaluationError(`${what} has ${x.length} objectives; the points have ${expected}`);
  if (!x.every(Number.isFinite))
    throw new EvaluationError(`${what} is (${x.join(", ")}); expected finite numbers`);
}
