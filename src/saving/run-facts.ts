import type { RunRecord } from "../runs/directory.ts";
import { RunDirectory } from "../runs/directory.ts";
import { readSnapshot } from "../runs/list.ts";
import type { RunState } from "../runs/snapshot.ts";

/** What a saved model says of the run that it is from. */
export interface RunFacts {
  readonly record: RunRecord;
  /** The step that the weights are of. */
  readonly step: number;
  /** Of how many, as far as is known. */
  readonly steps: number;
  readonly state: RunState;
  /** The last losses evaluated up to that step. */
  readonly losses: { readonly sft: number | null; readonly dpo: number | null };
  readonly ideal: { readonly sft: number; readonly dpo: number } | null;
}

/** @param checkpoint the step of the checkpoint that is saved; null where it is what the run left at its end */
export function runFacts(path: string, checkpoint: number | null): RunFacts {
  const directory = new RunDirectory(path);
  const { step, steps, state, series, ideal } = readSnapshot(directory);
  const at = checkpoint ?? step;
  const last = series.step.findLastIndex((evaluated) => evaluated <= at);
  return {
    record: directory.readRecord(),
    step: at,
    steps,
    state,
    losses: { sft: series.sft[last] ?? null, dpo: series.dpo[last] ?? null },
    ideal,
  };
}
