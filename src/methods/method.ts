/**
 * A method is a generator that yields decisions and receives losses. It knows nothing of models, data or files.
 * The trainer carries each decision out and answers with the losses of the batches, before any update.
 */

import type { OptionTable, OptionValues } from "../runs/options.ts";

/** An objective's name: `"dpo"`, `"sft"`, or one defined with `defineObjective`. */
export type ObjectiveName = string;

export type Losses = Readonly<Record<ObjectiveName, number>>;
/** Coefficients of a combination of gradients. */
export type Weights = Readonly<Record<ObjectiveName, number>>;

export type Decision =
  /** One optimiser step on Σ weight · gradient; each named data set advances by one batch. */
  | { readonly kind: "step"; readonly weights: Weights }
  /** Forward only, on the next batch of each; a following step uses that same batch. */
  | { readonly kind: "measure"; readonly objectives: readonly ObjectiveName[] }
  /** Gradients of each on its next batch, held until `apply`. */
  | { readonly kind: "gradients"; readonly objectives: readonly ObjectiveName[] }
  /** One optimiser step on that combination of the held gradients. */
  | { readonly kind: "apply"; readonly weights: Weights }
  /** A new stage: trained adapters are merged into the weights, adapter and optimiser start afresh. No step. */
  | { readonly kind: "stage"; readonly objective: ObjectiveName };

/** What the trainer answers to a decision: losses by objective, and for `gradients` their inner products. */
export interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: a generator has one answer type for all its decisions
  readonly [objective: ObjectiveName]: any;
  readonly losses: Losses;
  /** `inner[a][b] = ⟨∇a, ∇b⟩`, in the order of the decision's objectives; only after `gradients`. */
  readonly inner: readonly (readonly number[])[];
}

export type Steps = Generator<Decision, void, Answer>;

/** What a method may know of its run. */
export interface MethodContext {
  /** The run's number of steps. */
  readonly steps: number;
  /** Batches in one epoch of each data set. */
  readonly epoch: Readonly<Record<ObjectiveName, number>>;
  /** Approximate minima f*, where the method asks for them (`needsIdeal`). */
  readonly ideal: Losses | null;
}

export interface Method<T extends OptionTable = OptionTable> {
  readonly name: string;
  readonly options: T;
  /** Whether the trainer must provide `context.ideal` (f*) before the first step. */
  readonly needsIdeal: boolean;
  /** Objectives that the method uses; a run needs a data set for each. */
  readonly objectives: readonly ObjectiveName[];
  /**
   * `options` is read at every step, so that steering acts: its values may change between two decisions.
   * `random` is the run's own generator, uniform in [0, 1).
   */
  start(options: OptionValues<T>, random: () => number, context: MethodContext): Steps;
}

/** Defines a method: its name, its options (one table entry each) and its generator. */
export function defineMethod<const T extends OptionTable>(
  name: string,
  options: T,
  start: Method<T>["start"],
  more: { needsIdeal?: boolean; objectives?: readonly ObjectiveName[] } = {},
): Method<T> {
  return {
    name,
    options,
    start,
    needsIdeal: more.needsIdeal ?? false,
    objectives: more.objectives ?? ["dpo", "sft"],
  };
}

/** One optimiser step: on one objective, or on a weighted sum of gradients. */
export function step(on: ObjectiveName | Weights): Decision {
  return { kind: "step", weights: typeof on === "string" ? { [on]: 1 } : on };
}

/** Forward only, on the next batch of each objective. A measured batch that is not stepped on is spent (Algorithm 3). */
export function measure(...objectives: ObjectiveName[]): Decision {
  return { kind: "measure", objectives };
}

/** Holds the gradients of several objectives on their next batches. */
export function gradients(...objectives: ObjectiveName[]): Decision {
  return { kind: "gradients", objectives };
}

/** One optimiser step on a combination of the held gradients. */
export function apply(weights: Weights): Decision {
  return { kind: "apply", weights };
}

/** Begins a stage on `objective`: merges what was trained, and starts a fresh adapter and optimiser. */
export function stage(objective: ObjectiveName): Decision {
  return { kind: "stage", objective };
}
