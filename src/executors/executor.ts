import type { Method } from "../methods/method.ts";
import type { ObjectiveDefinition } from "../objectives/index.ts";
import type { RunSnapshot } from "../runs/snapshot.ts";
import type { Specification } from "../runs/specification.ts";
import type { Run } from "../training/run.ts";

/** A run that is on disk, to be trained or to be gone on with. */
export interface Job {
  /** Its directory, where the scheduler and whatever executes it see it. */
  readonly directory: string;
  readonly id: string;
  readonly specification: Specification;
  /** Of a cell; only where the run stays on this machine. */
  readonly methods?: readonly Method[];
  readonly objectives?: readonly ObjectiveDefinition[];
  /** Gets the run's handle; only where it trains on this machine. */
  readonly onRun?: (run: Run) => void;
}

/** How a run's execution ended. */
export type Ended =
  /** The run says so itself: `summary.json`, or its last event. */
  | { readonly kind: "ended"; readonly state: "finished" | "stopped" | "paused" }
  /** The run failed by itself: a loss that is not finite, data that can't be read. */
  | { readonly kind: "failed"; readonly error: string }
  /** What executed it is gone: a process that was killed, a worker of a cluster, a job that was cancelled. */
  | { readonly kind: "lost"; readonly error: string };

/** A run that is being executed. */
export interface Execution {
  readonly ended: Promise<Ended>;
  /** Called with the run's snapshots, at most a few times a second. */
  onSnapshot(listener: (snapshot: RunSnapshot) => void): void;
  /** Writes a checkpoint and ends, where it can be asked to; `ended` settles then. */
  pause(): Promise<void>;
}

/** Where runs execute. */
export interface Executor {
  readonly name: string;
  /** Runs that it takes at a time; the others wait at the scheduler. */
  readonly slots: number;
  /** Threads of a run that does not say how many; null: the run's own default. */
  readonly threads: number | null;
  /** Whether methods and objectives of a cell can train there. */
  readonly own: boolean;
  /** Whether one more may start now, beside those that go on. */
  hasRoom(going: number): boolean;
  start(job: Job): Execution;
  /** Ends what it holds: nothing is started any more. */
  close(): Promise<void>;
}
