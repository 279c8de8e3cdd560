import type { RunDirectory } from "../runs/directory.ts";
import { readSnapshot } from "../runs/list.ts";
import { SweepError } from "./error.ts";
import type { Outcome } from "./record.ts";

/** Whether a run has ended for good: its summary says so, and its last event. */
export function hasEnded(run: RunDirectory): boolean {
  const { state } = run.readSummary() ?? {};
  return (state === "finished" || state === "stopped") && readSnapshot(run).state === state;
}

/** Where a run ended, in numbers, and whether it was stopped there by hand. @throws SweepError where it has no summary */
export function endOf(run: RunDirectory): { outcome: Outcome; stopped: boolean } {
  const summary = run.readSummary();
  if (!summary) throw new SweepError(`${run.path}: the run has ended without a summary`);
  const { state, losses, idealDistance, gaps, start = null, seconds, tokens, resources } = summary;
  const outcome = {
    dpo: losses.dpo ?? null,
    sft: losses.sft ?? null,
    idealDistance,
    dpoGap: gaps?.dpo ?? null,
    sftGap: gaps?.sft ?? null,
    start,
    seconds,
    tokens,
    peakMemory: resources?.peakMemory ?? null,
  };
  return { outcome, stopped: state === "stopped" };
}
