import { setTimeout as sleep } from "node:timers/promises";
import { freeMemory } from "../engine/memory.ts";
import { threadsFor } from "../engine/threads.ts";
import { memoryLimit, threadLimit } from "../machine-share.ts";
import { RunDirectory } from "../runs/directory.ts";
import type { RunSnapshot } from "../runs/snapshot.ts";
import { TrainerCrashed } from "../training/error.ts";
import type { Run } from "../training/run.ts";
import { resumeRun } from "../training/train.ts";
import { ExecutorError } from "./error.ts";
import type { Ended, Execution, Executor, Job } from "./executor.ts";

export interface LocalOptions {
  /** Trainer processes at a time. Default: as many as there are cores for their threads. */
  readonly processes?: number;
  /** Threads of each run. Default 1: several runs beside one another make more of the cores than threads of one do. */
  readonly threads?: number;
  /** Bytes for all processes together. Default: what is free when a run would start. */
  readonly memory?: number;
}

/** How long a trainer of a process that is gone may take to write its checkpoint, in ms. */
const patience = 60_000;

/** A pool of local processes: each run in a trainer process of its own. */
export function localExecutor(options: LocalOptions = {}): Executor {
  for (const [name, value] of Object.entries({ processes: options.processes, threads: options.threads }))
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 1))
      throw new ExecutorError(`${name} is ${value}; expected an integer, at least 1`);
  // ALRIGHT_THREADS and ALRIGHT_MEMORY are for all processes together.
  const threads = threadsFor(options.threads ?? 1);
  const asked = options.processes ?? Math.max(1, Math.floor(threadsFor() / threads));
  const most = threadLimit();
  const processes = most === null ? asked : Math.min(asked, Math.max(1, Math.floor(most / threads)));
  const memory = smaller(options.memory ?? null, memoryLimit());
  /** The largest resident memory that a trainer has reported. */
  let largest = 0;
  const peaks = new Map<string, number>();
  return {
    name: "local",
    slots: processes,
    threads,
    own: true,
    hasRoom(going) {
      if (going >= processes) return false;
      // Nothing is known of the first; and one always goes on.
      if (going === 0 || largest === 0) return true;
      if (memory === null) return freeMemory() > largest;
      const used = [...peaks.values()].reduce((sum, peak) => sum + Math.max(peak, largest), 0);
      return used + largest <= memory;
    },
    start(job) {
      peaks.set(job.id, 0);
      const execution = new LocalExecution(job, (peak) => {
        peaks.set(job.id, peak);
        largest = Math.max(largest, peak);
      });
      void execution.ended.then(() => peaks.delete(job.id));
      return execution;
    },
    async close() {},
  };
}

function smaller(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

class LocalExecution implements Execution {
  readonly ended: Promise<Ended>;
  readonly #listeners: ((snapshot: RunSnapshot) => void)[] = [];
  #run: Run | null = null;
  #pausing = false;

  constructor(job: Job, usedMemory: (peak: number) => void) {
    this.ended = this.#execute(job, usedMemory);
  }

  onSnapshot(listener: (snapshot: RunSnapshot) => void): void {
    this.#listeners.push(listener);
  }

  async pause(): Promise<void> {
    this.#pausing = true;
    await this.#run?.pause().catch(() => {});
  }

  async #execute(job: Job, usedMemory: (peak: number) => void): Promise<Ended> {
    try {
      await ownerGone(job);
      if (this.#pausing) return { kind: "ended", state: "paused" };
      const { methods = [], objectives = [] } = job;
      const run = resumeRun(job.directory, { methods, objectives });
      this.#run = run;
      job.onRun?.(run);
      run.onSnapshot((snapshot) => {
        if (snapshot.resources.peakMemory !== null) usedMemory(snapshot.resources.peakMemory);
        for (const listener of this.#listeners) listener(snapshot);
      });
      const { state } = await run.done;
      if (state === "finished" || state === "stopped") return { kind: "ended", state };
      if (this.#pausing) return { kind: "ended", state: "paused" };
      return { kind: "lost", error: run.snapshot().note ?? `the run is ${state}` };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return { kind: error instanceof TrainerCrashed ? "lost" : "failed", error: error.message };
    }
  }
}

/** Waits for a trainer that an earlier scheduler left: it writes its checkpoint and ends. @throws ExecutorError */
async function ownerGone({ directory, id }: Job): Promise<void> {
  const until = Date.now() + patience;
  for (;;) {
    const owner = new RunDirectory(directory).liveOwner();
    if (owner === null) return;
    if (Date.now() > until)
      throw new ExecutorError(
        `run ${id} is still trained by process ${owner}, after ${patience / 1000} s; end that process, then resume`,
      );
    await sleep(100);
  }
}
