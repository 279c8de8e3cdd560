import type { Answer, Decision, MethodContext } from "../methods/method.ts";
import type { ObjectiveSlot, ObjectiveValue, ResponseLogProbs } from "../objectives/index.ts";
import type { RunEvent } from "../runs/events.ts";
import type { OptionTable, OptionValues } from "../runs/options.ts";
import type { RunSnapshot } from "../runs/snapshot.ts";
import type { RunSummary } from "./run.ts";

/** A method that stays in the process which holds the run: all of it but its generator. */
export interface RemoteMethod {
  readonly name: string;
  readonly options: OptionTable;
  readonly needsIdeal: boolean;
  readonly objectives: readonly string[];
}

/** An objective that stays in the process which holds the run: all of it but its function. */
export interface RemoteObjective {
  readonly name: string;
  readonly shape: "sft" | "preference";
  readonly needsReference: boolean;
  readonly sourceHash: string;
}

/** From the handle to its trainer process. */
export type ToTrainer =
  /** First of all. `events`: whether each event is wanted, not only snapshots. */
  | {
      type: "start";
      directory: string;
      resume: boolean;
      events: boolean;
      method: RemoteMethod | null;
      objectives: Readonly<Partial<Record<ObjectiveSlot, RemoteObjective>>>;
    }
  | { type: "events" }
  | { type: "pause"; id: number; reason: string }
  | { type: "stop"; id: number }
  | { type: "steer"; id: number; options: Readonly<Record<string, number>> }
  | { type: "decided"; decision: Decision | null; error?: string }
  | { type: "weighed"; value: ObjectiveValue }
  | { type: "weighed"; error: string };

/** From the trainer process to the handle. */
export type FromTrainer =
  | { type: "snapshot"; snapshot: RunSnapshot }
  | { type: "events"; events: RunEvent[] }
  | { type: "reply"; id: number; error?: string }
  /** Asks the method that stayed behind; `context` with the first question. */
  | { type: "decide"; answer: Answer; options: OptionValues<OptionTable>; context?: MethodContext }
  /** Asks an objective that stayed behind for loss and weights. */
  | { type: "weigh"; slot: ObjectiveSlot; part: ResponseLogProbs }
  /** Nothing was begun, and nothing changed: another process trains the run, or it can't go on from what is there. */
  | { type: "refused"; error: string }
  /** Last of all: everything is written. */
  | { type: "ended"; summary: RunSummary; error?: string };
