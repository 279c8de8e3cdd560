import { nondominated } from "./pareto.ts";
import { checkObjectives, coordinates, finitePoints, type ObjectivePoint } from "./point.ts";

type Vector = readonly number[];

/**
 * The volume of objective space that the points dominate below the reference point (Zitzler and Thiele 1998); larger is
 * better. Exact: with two objectives a sweep, O(n log n); with more, slices as in WFG (While, Bradstreet and Barone 2012).
 * Its unit is the product of the objectives' units. Points that are not finite, or not below the reference point in every
 * objective, add nothing.
 * @throws EvaluationError where points and reference point differ in their number of objectives
 */
export function hypervolume(points: readonly ObjectivePoint[], reference: ObjectivePoint): number {
  const r = coordinates(reference);
  return volume(
    below(points, r).map(({ x }) => x),
    r,
  );
}

/**
 * What each point alone adds to the hypervolume of all: HV(P) − HV(P ∖ {p}), in the points' order. 0 for a point that
 * another one dominates or equals, that is not finite, or that is not below the reference point.
 * @throws EvaluationError where points and reference point differ in their number of objectives
 */
export function hypervolumeContributions(
  points: readonly ObjectivePoint[],
  reference: ObjectivePoint,
): number[] {
  const r = coordinates(reference);
  const contributions = new Array<number>(points.length).fill(0);
  const inside = below(points, r);
  for (const { at, x } of nondominated(inside)) {
    const others = inside.filter((other) => other.at !== at).map((other) => other.x);
    contributions[at] = exclusive(x, others, r);
  }
  return contributions;
}

/** One run's evaluated points, in the order of its steps. */
export interface ObjectivePath {
  readonly steps: readonly number[];
  readonly points: readonly ObjectivePoint[];
}

export interface HypervolumeHistory {
  /** Every step at which one of the runs was evaluated, rising. */
  readonly steps: number[];
  readonly hypervolume: number[];
}

/**
 * The hypervolume by step: of one run's path, or of several runs' (a sweep).
 * @param options.of `seen` (default): all points up to that step, so that it never falls, as of the trials of an
 *   optimisation; `current`: where each run stands at that step, so that forgetting shows
 * @throws EvaluationError where points and reference point differ in their number of objectives
 */
export function hypervolumeHistory(
  paths: readonly ObjectivePath[],
  reference: ObjectivePoint,
  { of = "seen" }: { readonly of?: "seen" | "current" } = {},
): HypervolumeHistory {
  const r = coordinates(reference);
  const visits = paths
    .flatMap(({ steps, points }, run) => points.map((point, i) => ({ step: steps[i]!, run, point })))
    .sort((a, b) => a.step - b.step);
  below(
    visits.map(({ point }) => point),
    r,
  );
  const history: HypervolumeHistory = { steps: [], hypervolume: [] };
  const current = new Map<number, ObjectivePoint>();
  /** The front of the points seen so far: only what is on it can matter later. */
  let seen: Vector[] = [];
  let total = 0;
  for (const [i, { step, run, point }] of visits.entries()) {
    if (of === "seen") {
      for (const { x } of below([point], r)) {
        total += exclusive(x, seen, r);
        seen = nondominated([...seen, x].map((x) => ({ x }))).map(({ x }) => x);
      }
    } else current.set(run, point);
    if (visits[i + 1]?.step === step) continue;
    history.steps.push(step);
    history.hypervolume.push(of === "seen" ? total : hypervolume([...current.values()], r));
  }
  return history;
}

/** The finite points that are better than the reference point in every objective. */
function below(points: readonly ObjectivePoint[], r: Vector): { at: number; x: Vector }[] {
  const finite = finitePoints(points);
  checkObjectives("the reference point", r, points[0] && coordinates(points[0]).length);
  return finite.filter(({ x }) => x.every((value, i) => value < r[i]!));
}

/** What x dominates and the others do not: its box, less what they dominate of it. */
function exclusive(x: Vector, others: readonly Vector[], r: Vector): number {
  return box(x, r) - volume(limited(others, x), r);
}

/** Where the boxes of the others meet that of x. */
function limited(others: readonly Vector[], x: Vector): Vector[] {
  return others.map((other) => other.map((value, i) => Math.max(value, x[i]!)));
}

function box(x: Vector, r: Vector): number {
  let product = 1;
  for (let i = 0; i < x.length; i++) product *= r[i]! - x[i]!;
  return product;
}

/** The hypervolume of points that are all below the reference point. */
function volume(points: readonly Vector[], r: Vector): number {
  const front = nondominated(points.map((x) => ({ x }))).map(({ x }) => x);
  const last = r.length - 1;
  if (front.length === 0) return 0;
  if (last === 0) return r[0]! - front[0]![0]!;
  if (last === 1) return area(front, r);
  // The worst in the last objective first: where its box meets the boxes of later points, those reach up to its own last
  // objective, so that what it has alone is a slice of that depth over one objective fewer.
  let sum = 0;
  const projected = front.map((x) => x.slice(0, last));
  const bottom = r.slice(0, last);
  for (let k = front.length - 1; k >= 0; k--)
    sum += (r[last]! - front[k]![last]!) * exclusive(projected[k]!, projected.slice(0, k), bottom);
  return sum;
}

/** Of a front of two objectives, by rising second one: strips, each down to the first objective of the one before. */
function area(front: readonly Vector[], r: Vector): number {
  let sum = 0;
  let above = r[0]!;
  for (const [first, second] of front as [number, number][]) {
    sum += (r[1]! - second) * (above - first);
    above = first;
  }
  return sum;
}
