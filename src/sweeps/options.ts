import type { Executor } from "../executors/executor.ts";
import type { Method } from "../methods/method.ts";
import type { ObjectiveDefinition } from "../objectives/index.ts";
import type { Run } from "../training/run.ts";
import type { SweepSnapshot, SweepSummary } from "./results.ts";

export interface SweepOptions {
  /** The directory of run directories; the sweep's own is `RUNS/sweeps/ID`. Default `runs`. */
  readonly runs?: string;
  /** Where the runs execute. Default: a pool of local processes, one for each core, of one thread each. */
  readonly executor?: Executor;
  /** How often a run that failed, or whose process was lost, is tried again from its last checkpoint. Default 2. */
  readonly retries?: number;
  /** Methods and objectives defined outside the library that specifications name. */
  readonly methods?: readonly Method[];
  readonly objectives?: readonly ObjectiveDefinition[];
  /**
   * Hears of each run that starts to train on this machine, which can then be looked at, steered, paused, resumed and stopped by its handle,
   * while the others go on. Paused, it leaves its room to the next run; the sweep waits for it. Stopped, it counts as stopped, and in no mean.
   */
  readonly onRun?: (run: Run) => void;
}

/** What `sweep()` returns at once. */
export interface Sweep {
  readonly id: string;
  readonly directory: string;
  /** Settles when all runs have ended, or the sweep is paused. Failed runs do not reject it. */
  readonly done: Promise<SweepSummary>;
  snapshot(): SweepSnapshot;
  /** Called when something has changed, at most a few times a second. Returns the way to end it. */
  onChange(listener: (snapshot: SweepSnapshot) => void): () => void;
  /** Starts no more runs, pauses those that go on at their checkpoint, and ends; `resumeSweep` goes on. */
  pause(): Promise<void>;
}
