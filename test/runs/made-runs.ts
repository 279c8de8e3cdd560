import { writeFileSync } from "node:fs";
import { createRunDirectory, type RunDirectory } from "../../src/runs/directory.ts";
import { encodeEvent } from "../../src/runs/event-log.ts";
import { parseSpecification } from "../../src/runs/parse-specification.ts";
import type { SpecificationInput } from "../../src/runs/specification.ts";

export interface Made {
  readonly method: SpecificationInput["method"];
  readonly seed?: number;
  readonly name?: string;
  readonly seconds?: number;
  readonly peakMemory?: number;
  readonly cpu?: number;
  readonly gpu?: number;
  readonly losses?: { dpo: number; sft: number };
  /** Whether it has ended, and so has a summary; otherwise its events alone say where it stands. */
  readonly ended?: boolean;
  readonly steps?: number;
  readonly model?: string;
}

/** A run directory of a toy with these figures, without training. */
export function makeRun(runs: string, made: Made): { directory: RunDirectory; id: string } {
  const { method, seed = 42, seconds = 10, peakMemory = 1e8, losses = { dpo: 1, sft: 1 } } = made;
  const { steps = 20, ended = true, cpu = null, gpu = null, model = "toy:conflict" } = made;
  const specification = parseSpecification({
    model,
    data: {},
    method,
    seed,
    steps,
    ideal: { dpo: 0, sft: 0 },
    name: made.name ?? null,
  });
  const { directory, record } = createRunDirectory(runs, {
    specification,
    workingDirectory: runs,
    versions: {},
    methodHash: null,
  });
  const time = new Date().toISOString();
  const start = { dpo: 2, sft: 4 };
  const usage = { cpu, memory: 1e8, gpu, samples: 3 };
  writeFileSync(
    directory.events,
    [
      encodeEvent({ type: "started", step: 0, time, steps, ideal: { dpo: 0, sft: 0 } }),
      encodeEvent({ type: "evaluated", step: 0, time, losses: start }),
      encodeEvent({ type: "measured", step: 5, time, losses, tokens: 1, seconds }),
      encodeEvent({ type: "evaluated", step: 5, time, losses, peakMemory, usage }),
    ].join(""),
  );
  if (ended) {
    const resources = { peakMemory, cpu, memory: 1e8, gpu, gpuMemory: null };
    const summary = {
      steps,
      losses,
      ideal: { dpo: 0, sft: 0 },
      gaps: losses,
      idealDistance: Math.hypot(losses.dpo, losses.sft),
      start,
      seconds,
      tokens: 1,
      resources,
    };
    directory.writeSummary({ ...summary, state: "finished" });
  }
  return { directory, id: record.id };
}
