import type { LossPoint } from "../evaluation/point.ts";
import type { RunRecord, Summary } from "./formats.ts";
import type { RunState } from "./snapshot.ts";
import type { RunResources, SnapshotBuilder } from "./snapshot-builder.ts";

/** What a run came to: the numbers of its row in a table. */
export interface RunFigures {
  readonly state: RunState;
  readonly step: number;
  readonly steps: number;
  /** Last evaluated losses. */
  readonly losses: { readonly dpo?: number; readonly sft?: number };
  readonly ideal: LossPoint | null;
  /** Evaluated losses before the first step. */
  readonly start: LossPoint | null;
  readonly seconds: number;
  readonly tokens: number;
  readonly resources: RunResources;
}

/** The figures of a run whose events were read. */
export function figuresOf(builder: SnapshotBuilder): RunFigures {
  const { state, step, steps, losses, ideal, start, seconds, tokens, resources } = builder;
  return { state, step, steps, losses, ideal, start, seconds, tokens, resources };
}

/** The figures of `summary.json`; null where there is none, or one of an earlier version. */
export function figuresFromSummary(
  summary: Summary | null,
  { specification }: Pick<RunRecord, "specification">,
): RunFigures | null {
  if (!summary?.resources || summary.start === undefined) return null;
  const { state, steps: step, losses, ideal, start, seconds, tokens, resources } = summary;
  const steps = specification.steps ?? step;
  return { state, step, steps, losses, ideal, start, seconds, tokens, resources };
}
