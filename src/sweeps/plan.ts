import type { LossPoint } from "../evaluation/point.ts";
import type { Method } from "../methods/method.ts";
import { findMethod } from "../methods/registry.ts";
import type { ObjectiveDefinition } from "../objectives/index.ts";
import { parseSpecification } from "../runs/parse-specification.ts";
import type { Specification, SpecificationInput } from "../runs/specification.ts";
import { SweepError } from "./error.ts";
import { type Base, type Grid, gridPoints, type Point, specificationOf } from "./grid.ts";
import type { AdaptiveRecord, SweepRecord } from "./record.ts";

/** What is swept: a grid; a list of whole specifications; or λ of one method, each chosen by what the ones before have shown. */
export type SweepInput =
  | Grid
  | { readonly list: readonly SpecificationInput[] }
  | {
      readonly base: Base;
      readonly adaptive: {
        /** Runs in all, seeds counted. */
        readonly budget: number;
        /** A name, or a method with options. Default: the base's. */
        readonly method?: string | SpecificationInput["method"];
        /** The first λ. Default 0, 0.5, 1. */
        readonly lambda?: readonly number[];
        readonly seeds?: readonly number[];
        /** Losses beyond which no trade-off is of interest: λ are chosen below it. Default: all between the ends of the front. */
        readonly reference?: LossPoint;
      };
    };

interface Given {
  readonly methods: readonly Method[];
  readonly objectives: readonly ObjectiveDefinition[];
}

type Planned = Pick<SweepRecord, "base" | "points" | "list" | "adaptive">;

/** @throws SweepError or SpecificationError naming what can't be swept */
export function planSweep(input: SweepInput, given: Given): Planned {
  if ("list" in input) {
    if (input.list.length === 0) throw new SweepError("list is empty; give at least one specification");
    return { base: null, points: [], list: input.list, adaptive: null };
  }
  if (!("adaptive" in input))
    return { base: input.base, points: gridPoints(input, given.methods), list: null, adaptive: null };
  const { base, adaptive } = input;
  const { budget, seeds, lambda = [0, 0.5, 1], reference } = adaptive;
  const chosen = adaptive.method ?? base.method;
  if (chosen === undefined) throw new SweepError('adaptive.method is missing; give one, such as "alright"');
  const method = typeof chosen === "string" ? { name: chosen } : chosen;
  if (!Object.hasOwn(findMethod(method.name, given.methods).options, "lambda"))
    throw new SweepError(`adaptive.method is ${JSON.stringify(method.name)}, which has no λ to choose`);
  const { lambda: _, ...others } = method;
  for (const name of ["dpo", "sft"] as const)
    if (reference && !Number.isFinite(reference[name]))
      throw new SweepError(`adaptive.reference.${name} is ${reference[name]}; expected a loss`);
  const record: AdaptiveRecord = {
    budget,
    method: others as Point["method"],
    seeds: seeds ?? [null],
    ...(reference && { reference: { dpo: reference.dpo, sft: reference.sft } }),
  };
  const points = [...new Set(lambda)].flatMap((value) => pointsAt(record, value));
  if (!Number.isSafeInteger(budget) || budget < points.length)
    throw new SweepError(
      `adaptive.budget is ${budget}; expected an integer of at least ${points.length}, the runs of the first λ`,
    );
  return { base, points, list: null, adaptive: record };
}

/** The runs of an adaptive sweep at one λ, one for each seed. */
export function pointsAt({ method, seeds }: AdaptiveRecord, lambda: number): Point[] {
  return seeds.map((seed) => ({ method: { ...method, lambda }, ...(seed === null ? {} : { seed }) }));
}

/** The specification at a place of the sweep, as it is written. */
export function inputAt(record: SweepRecord, points: readonly Point[], index: number): SpecificationInput {
  if (!record.list) return specificationOf(record.base!, points[index]!, record.threads);
  const given = record.list[index] as SpecificationInput;
  const { threads } = record;
  return threads === null || given.threads != null ? given : { ...given, threads };
}

/** The same with every default. @throws SpecificationError naming the run */
export function parsedAt(
  record: SweepRecord,
  points: readonly Point[],
  index: number,
  given: Given,
): Specification {
  return parseSpecification(inputAt(record, points, index), `run ${index} of the sweep`, given);
}

/** Equal for runs that differ in their seed alone. */
export function configurationKey(specification: Specification, list: boolean): string {
  const { seed: _seed, name: _name, ...others } = specification;
  return JSON.stringify(list ? others : specification.method);
}
