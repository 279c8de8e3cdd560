import { EvaluationError } from "./error.ts";
import { checkObjectives, coordinates, finitePoints, type ObjectivePoint } from "./point.ts";

/**
 * Inverted generational distance (Coello and Reyes Sierra 2004): the mean distance from each point of a reference front to
 * the nearest of the points; 0 where they reach all of it. In the objectives' unit; points that are not finite are left out.
 * @throws EvaluationError where there is no finite point or no front, or they differ in their number of objectives
 */
export function igd(points: readonly ObjectivePoint[], front: readonly ObjectivePoint[]): number {
  return meanNearest(points, front, (difference) => difference);
}

/**
 * IGD⁺ (Ishibuchi et al. 2015): as `igd`, but only what a point is worse by than the front's counts; so it never prefers
 * points that are dominated.
 * @throws EvaluationError as `igd`
 */
export function igdPlus(points: readonly ObjectivePoint[], front: readonly ObjectivePoint[]): number {
  return meanNearest(points, front, (difference) => Math.max(difference, 0));
}

/** @param counted what counts of a point's coordinate less the front's */
function meanNearest(
  points: readonly ObjectivePoint[],
  front: readonly ObjectivePoint[],
  counted: (difference: number) => number,
): number {
  const finite = finitePoints(points);
  if (finite.length === 0)
    throw new EvaluationError(`none of ${points.length} points is finite; expected at least 1`);
  if (front.length === 0) throw new EvaluationError("the reference front has no points; expected at least 1");
  let sum = 0;
  for (const [f, target] of front.entries()) {
    const z = coordinates(target);
    checkObjectives(`point ${f} of the reference front`, z, finite[0]!.x.length);
    let nearest = Infinity;
    for (const { x } of finite)
      nearest = Math.min(nearest, Math.hypot(...z.map((value, i) => counted(x[i]! - value))));
    sum += nearest;
  }
  return sum / front.length;
}
