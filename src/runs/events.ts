import type { Losses, Weights } from "../methods/method.ts";
import type { StepMetrics } from "../objectives/objective.ts";

/**
 * `events.jsonl`: one object a line, append-only. Steps count alike in every event, from 1; losses are those before
 * the update, in full precision (NaN and infinities as strings).
 */
interface Base {
  readonly step: number;
  /** ISO 8601, UTC. */
  readonly time: string;
}

/** What is done before the first step: f*, the reference. */
export interface PreparingEvent extends Base {
  readonly type: "preparing";
  readonly note: string;
}
export interface StartedEvent extends Base {
  readonly type: "started";
  /** The run's number of steps, with epochs resolved. */
  readonly steps: number;
  /** Approximate minima f*, where the run has them. */
  readonly ideal: Losses | null;
}
export interface StepEvent extends Base {
  readonly type: "step";
  /** The one objective stepped on; `weights` where there were several. */
  readonly objective?: string;
  readonly weights?: Weights;
  readonly losses: Losses;
  /** The step applied gradients that were held. */
  readonly applied?: true;
  readonly gradNorm: number;
  readonly tokens: number;
  readonly seconds: number;
  readonly learningRate: number;
  readonly rewards?: StepMetrics["rewards"];
  readonly logProbs?: StepMetrics["logProbs"];
}
export interface MeasuredEvent extends Base {
  readonly type: "measured";
  readonly losses: Losses;
  /** Inner products of held gradients, after a `gradients` decision. */
  readonly inner?: readonly (readonly number[])[];
  readonly tokens: number;
  readonly seconds: number;
}
export interface StageEvent extends Base {
  readonly type: "stage";
  readonly objective: string;
}
/** What the trainer used since the evaluation before: medians of samples taken while it trained. */
export interface Usage {
  /** Percent of one core; null where it was not known. */
  readonly cpu: number | null;
  /** Resident bytes. */
  readonly memory: number;
  /** Of a run on a GPU: percent of the time in which it was busy, and bytes in use there. */
  readonly gpu?: number | null;
  readonly gpuMemory?: number | null;
  readonly samples: number;
}
export interface EvaluatedEvent extends Base {
  readonly type: "evaluated";
  readonly losses: Losses;
  /** The weights themselves, where the model has two of them (the toy). */
  readonly theta?: readonly [number, number];
  /** The trainer's largest resident memory so far, in bytes. */
  readonly peakMemory?: number;
  /** Left out where no sample was taken since the evaluation before. */
  readonly usage?: Usage;
}
export interface CheckpointEvent extends Base {
  readonly type: "checkpoint";
  readonly directory: string;
  /** How long training stood still for it. Its event is written once it is durable, some steps later. */
  readonly seconds?: number;
}
export interface PausedEvent extends Base {
  readonly type: "paused";
  readonly reason: string;
}
export interface ResumedEvent extends Base {
  readonly type: "resumed";
  /** What was lost to damage, and what is not as it was when the run began. */
  readonly note?: string;
}
export interface SteeredEvent extends Base {
  readonly type: "steered";
  readonly options: Readonly<Record<string, number>>;
}
export interface FinishedEvent extends Base {
  readonly type: "finished";
  readonly reason: "steps" | "stopped" | "criterion" | "method";
}
export interface FailedEvent extends Base {
  readonly type: "failed";
  readonly error: string;
}

export type RunEvent =
  | PreparingEvent
  | StartedEvent
  | StepEvent
  | MeasuredEvent
  | StageEvent
  | EvaluatedEvent
  | CheckpointEvent
  | PausedEvent
  | ResumedEvent
  | SteeredEvent
  | FinishedEvent
  | FailedEvent;
