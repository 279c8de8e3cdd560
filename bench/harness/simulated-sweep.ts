import { appendFileSync } from "node:fs";
import type { Ended, Execution, Executor, Job, RunSnapshot } from "../../src/index.ts";
import { sweep } from "../../src/index.ts";
import { RunDirectory } from "../../src/runs/directory.ts";
import { sweepMessage } from "../../src/sweeps/plot.ts";

/** What a scheduler takes for many runs. */
export interface Simulated {
  /** Largest resident memory of this process, in bytes. */
  readonly peak: number;
  /** Bytes of the last plot message. */
  readonly message: number;
  /** Longest time to make a snapshot and its plot message, in ms. */
  readonly snapshot: number;
  readonly seconds: number;
}

/** Runs that are not trained: each writes the end of a recorded run, with losses on a front and some noise. */
function recordedRuns(slots: number): Executor {
  return {
    name: "recorded",
    slots,
    threads: 1,
    own: false,
    hasRoom: (going) => going < slots,
    start: (job) => new RecordedExecution(job),
    async close() {},
  };
}

class RecordedExecution implements Execution {
  readonly ended: Promise<Ended>;
  #listener: (snapshot: RunSnapshot) => void = () => {};

  constructor(job: Job) {
    this.ended = this.#replay(job);
  }

  onSnapshot(listener: (snapshot: RunSnapshot) => void): void {
    this.#listener = listener;
  }

  async pause(): Promise<void> {}

  async #replay({ directory, id, specification }: Job): Promise<Ended> {
    await new Promise((resolve) => setImmediate(resolve));
    const { method, seed } = specification;
    const lambda = typeof method.lambda === "number" ? method.lambda : 0.5;
    const noise = 0.02 * Math.sin(seed * 12.9898 + lambda * 78.233);
    const losses = { dpo: 0.1 + (1 - lambda) ** 2 + noise, sft: 1.5 + 0.5 * lambda ** 2 - noise };
    this.#listener(snapshotOf(id, method.name, lambda, losses));
    const run = new RunDirectory(directory);
    const time = new Date().toISOString();
    appendFileSync(run.events, `${JSON.stringify({ type: "finished", step: 200, time, reason: "steps" })}\n`);
    run.writeSummary({
      state: "finished",
      steps: 200,
      losses,
      ideal: { dpo: 0.1, sft: 1.5 },
      gaps: { dpo: losses.dpo - 0.1, sft: losses.sft - 1.5 },
      idealDistance: Math.hypot(losses.dpo - 0.1, losses.sft - 1.5),
      start: { dpo: 1.2, sft: 2.2 },
      seconds: 10,
      tokens: 1e5,
    });
    return { kind: "ended", state: "finished" };
  }
}

function snapshotOf(
  runId: string,
  method: string,
  lambda: number,
  losses: { dpo: number; sft: number },
): RunSnapshot {
  const path = Array.from({ length: 200 }, (_, i) => i + 1);
  return {
    runId,
    seq: 1,
    name: runId,
    method,
    lambda,
    state: "running",
    note: null,
    step: 200,
    steps: 200,
    ideal: null,
    start: null,
    series: {
      step: path,
      dpo: path.map(() => losses.dpo),
      sft: path.map(() => losses.sft),
      trainStep: path,
      trainDpo: path.map(() => losses.dpo),
      trainSft: path.map(() => losses.sft),
    },
    steered: [],
    resources: { seconds: 1, tokens: 1, peakMemory: null },
  };
}

/** A sweep of so many runs, five seeds each, with a listener that makes plot messages as a notebook does. */
export async function simulateSweep(runs: string, count: number): Promise<Simulated> {
  const began = performance.now();
  const seeds = [1, 2, 3, 4, 5];
  const lambda = Array.from(
    { length: Math.ceil(count / seeds.length) },
    (_, i) => i / Math.ceil(count / seeds.length),
  );
  const base = { model: "toy:conflict", data: {}, steps: 200 };
  const swept = sweep({ base, methods: ["mix"], lambda, seeds }, { runs, executor: recordedRuns(16) });
  let peak = 0;
  let message = 0;
  let longest = 0;
  swept.onChange((snapshot) => {
    const start = performance.now();
    message = JSON.stringify(sweepMessage(snapshot)).length;
    longest = Math.max(longest, performance.now() - start);
    peak = Math.max(peak, process.memoryUsage.rss());
  });
  const summary = await swept.done;
  if (summary.finished !== lambda.length * seeds.length) throw new Error(`${summary.finished} runs finished`);
  const start = performance.now();
  message = JSON.stringify(sweepMessage(swept.snapshot())).length;
  longest = Math.max(longest, performance.now() - start);
  peak = Math.max(peak, process.memoryUsage.rss());
  return { peak, message, snapshot: longest, seconds: (performance.now() - began) / 1000 };
}
