import { coordinates, finitePoints, type ObjectivePoint } from "./point.ts";

/** Whether `a` is at least as good as `b` in every objective and better in one (minimisation). NaN: never. */
export function dominates(a: ObjectivePoint, b: ObjectivePoint): boolean {
  return dominatesIn(coordinates(a), coordinates(b));
}

function dominatesIn(a: readonly number[], b: readonly number[]): boolean {
  let better = false;
  for (let i = 0; i < a.length; i++) {
    if (!(a[i]! <= b[i]!)) return false;
    if (a[i]! < b[i]!) better = true;
  }
  return better;
}

/**
 * The points that no other point dominates, by rising last objective (f_SFT of two losses). Equal points are all in the
 * front; points that are not finite are in none.
 * @throws EvaluationError where the points differ in their number of objectives
 */
export function paretoFront<P extends ObjectivePoint>(points: readonly P[]): P[] {
  return nondominated(finitePoints(points)).map(({ at }) => points[at]!);
}

interface Placed {
  readonly x: readonly number[];
}

/** The same for finite coordinates. In this order nothing is dominated by a later point, so one pass is enough. */
export function nondominated<T extends Placed>(points: readonly T[]): T[] {
  const sorted = [...points].sort((a, b) => byLastObjective(a.x, b.x));
  const front: T[] = [];
  for (const point of sorted) {
    const { x } = point;
    // With two objectives the front's last point has the smallest first objective so far, and alone need be asked.
    const candidates = x.length === 2 ? front.slice(-1) : front;
    if (!candidates.some((other) => dominatesIn(other.x, x))) front.push(point);
  }
  return front;
}

function byLastObjective(a: readonly number[], b: readonly number[]): number {
  for (let i = a.length - 1; i >= 0; i--) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}
