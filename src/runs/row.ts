import { idealDistance, optimalityGaps } from "../evaluation/gaps.ts";
import { pointOf } from "./comparable.ts";
import type { RunFigures } from "./figures-of.ts";
import type { RunRecord } from "./formats.ts";
import type { RunState } from "./snapshot.ts";
import { defaultName } from "./snapshot-builder.ts";

/** One run in a table; null where a number is not known. */
export interface RunRow {
  readonly id: string;
  readonly name: string;
  readonly state: RunState;
  readonly method: string;
  readonly lambda: number | null;
  readonly step: number;
  readonly steps: number;
  /** Last evaluated losses. */
  readonly dpo: number | null;
  readonly sft: number | null;
  /** f − f* (eq. 6 at λ = 1 and λ = 0); negative below the approximate minimum. */
  readonly dpoGap: number | null;
  readonly sftGap: number | null;
  readonly idealDistance: number | null;
  /** What this run alone adds to the hypervolume of those listed with the same model, data and losses. */
  readonly hypervolume: number | null;
  /** Of steps and measurements. */
  readonly seconds: number;
  /** The trainer's largest resident memory, in bytes. */
  readonly peakMemory: number | null;
  readonly tokens: number;
  readonly model: string;
  readonly seed: number;
  /** ISO 8601, UTC. */
  readonly created: string;
  readonly directory: string;
}

/** A run as a row. @param hypervolume what it adds (see comparable.ts), where that is known */
export function runRow(
  {
    directory,
    record,
    figures,
  }: { readonly directory: string; readonly record: RunRecord; readonly figures: RunFigures },
  hypervolume: number | null,
): RunRow {
  const { id, created, specification } = record;
  const { losses, ideal, state, step, steps, seconds, tokens, resources } = figures;
  const { lambda } = specification.method;
  const point = pointOf(figures);
  const gaps = point && ideal ? optimalityGaps(point, ideal) : null;
  return {
    id,
    name: specification.name ?? defaultName(specification),
    state,
    method: specification.method.name,
    lambda: typeof lambda === "number" ? lambda : null,
    step,
    steps,
    dpo: losses.dpo ?? null,
    sft: losses.sft ?? null,
    dpoGap: gaps?.dpo ?? null,
    sftGap: gaps?.sft ?? null,
    idealDistance: point && ideal ? idealDistance(point, ideal) : null,
    hypervolume,
    seconds,
    peakMemory: resources.peakMemory,
    tokens,
    model: specification.model,
    seed: specification.seed,
    created,
    directory,
  };
}
