import type { ObjectiveName } from "../methods/method.ts";
import type { StepMetrics } from "../objectives/objective.ts";
import type { Parameter, Values } from "../tensor/parameter.ts";

export type { Parameter, Values };

/** A drawn batch; what is in it is the task's business. */
export interface Batch {
  readonly objective: ObjectiveName;
  /** Row numbers in the data set, for messages about a bad loss. */
  readonly rows: readonly number[];
}

/** What one pass over a batch says. For DPO the metrics are the rewards and log-probabilities of design.md's events. */
export interface BatchResult {
  readonly loss: number;
  /** Tokens computed (a shared prompt counts once). */
  readonly tokens: number;
  readonly metrics?: StepMetrics;
}

/**
 * One model with its data sets, as the training loop sees it: the paper's toy and a language model are both this.
 * Methods may answer at once or with a promise (the toy must not pay for promises: 20,000 steps in 5 s).
 */
export interface Task {
  readonly objectives: readonly ObjectiveName[];
  readonly parameters: readonly Parameter[];
  /** Batches in one epoch of each data set. */
  readonly epoch: Readonly<Record<ObjectiveName, number>>;

  /** Draws the next batch; only this objective's data set advances. */
  next(objective: ObjectiveName): Batch;
  /** Forward only. */
  measure(batch: Batch): BatchResult | Promise<BatchResult>;
  /** Forward and backward: adds `scale · ∂loss/∂parameter` to `into[i]`, one array for each parameter. */
  gradient(batch: Batch, scale: number, into: readonly Values[]): BatchResult | Promise<BatchResult>;
  /** Losses of all objectives on the evaluation rows. */
  evaluate(): Readonly<Record<ObjectiveName, number>> | Promise<Readonly<Record<ObjectiveName, number>>>;
  /** One objective on its evaluation rows, with all that a batch's result says; null where it has none. */
  evaluation(objective: ObjectiveName): BatchResult | null | Promise<BatchResult | null>;

  /**
   * Begins a stage: merges trained adapters into the weights and resets the parameters to a fresh adapter. A reference
   * of "start" becomes the model as it is now when the stage's objective needs one. Without adapters, nothing happens.
   */
  stage(objective: ObjectiveName): void | Promise<void>;

  /** Data positions and whatever else decides the next batch; JSON-safe, small. */
  state(): unknown;
  restore(state: unknown): void;
  /** Writes checkpoint files (the adapter in PEFT format, or all weights as a Hugging Face directory); the caller syncs them. */
  save(directory: string): void | Promise<void>;
  /** Reads back what `save` wrote. */
  load(directory: string): void | Promise<void>;
  dispose(): void | Promise<void>;
}
