import type { RunFigures } from "../../../src/runs/figures-of.ts";
import type { RunSnapshot } from "../../../src/runs/snapshot.ts";

/** The figures of a run as its kernel tells them, to 6 digits. */
export function figuresOfSnapshot(run: RunSnapshot): RunFigures {
  const { state, step, steps, ideal, start, series, resources } = run;
  const dpo = series.dpo.at(-1) ?? null;
  const sft = series.sft.at(-1) ?? null;
  return {
    state,
    step,
    steps,
    losses: { ...(dpo === null ? {} : { dpo }), ...(sft === null ? {} : { sft }) },
    ideal,
    start,
    seconds: resources.seconds,
    tokens: resources.tokens,
    resources: { peakMemory: resources.peakMemory, cpu: null, memory: null, gpu: null, gpuMemory: null },
  };
}
