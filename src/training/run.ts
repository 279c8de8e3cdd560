import type { RunEvent } from "../runs/events.ts";
import type { RunSnapshot, RunState } from "../runs/snapshot.ts";
import type { RunResources } from "../runs/snapshot-builder.ts";
import type { Specification } from "../runs/specification.ts";

/** Where a run stands or ended; `summary.json` has it. */
export interface RunSummary {
  readonly state: RunState;
  readonly steps: number;
  /** Last evaluated losses. */
  readonly losses: { readonly dpo?: number; readonly sft?: number };
  readonly ideal: { readonly dpo: number; readonly sft: number } | null;
  readonly gaps: { readonly dpo: number; readonly sft: number } | null;
  readonly idealDistance: number | null;
  /** Evaluated losses before the first step. */
  readonly start: { readonly dpo: number; readonly sft: number } | null;
  /** Of steps and measurements, without evaluations and checkpoints. */
  readonly seconds: number;
  readonly tokens: number;
  readonly resources: RunResources;
}

/** What `train()` returns at once: a handle on a run in its trainer process. */
export interface Run {
  readonly id: string;
  readonly directory: string;
  readonly specification: Specification;
  readonly state: RunState;
  /** Settles when the run finishes, stops or pauses; rejects with the run's error when it fails. */
  readonly done: Promise<RunSummary>;
  snapshot(): RunSnapshot;
  /** Called with a new snapshot at most 10 times a second while the run goes on, and always with the last one. Returns the way to end it. */
  onSnapshot(listener: (snapshot: RunSnapshot) => void): () => void;
  onEvent(listener: (event: RunEvent) => void): () => void;
  /** Checkpoints and stops cleanly between two steps; settles when that is durable. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Ends the run for good after the current step; what was trained is written to `final/`. */
  stop(): Promise<void>;
  steer(options: { lambda: number }): Promise<void>;
}
