import type { LanguageModel, LoraLayer, LoraShape } from "../models/index.ts";
import type { Parameter, Values } from "../tensor/index.ts";
import type { rotaryTables } from "./feeds.ts";
import type { PackedBatch } from "./packing.ts";
import type { Pairs } from "./pair-factors.ts";
import type { SessionOptions } from "./session.ts";
import type { WeightStore } from "./weight-store.ts";

/** How the weights of a batch's responses in the loss come about. */
export interface Weighing {
  /** Where they do not depend on the log-probabilities: one per response. */
  readonly known: Float64Array | null;
  /** Where a graph can compute the weights of pairs on the way: their linear part, one per response, where there is one. */
  readonly margin: { readonly linear: Float64Array | null; readonly pairs: Pairs } | null;
  /**
   * The weights, one per response of the batch, given all log-probabilities; with `rows`, places in the batch, only
   * theirs are given and asked for: the others are 0.
   */
  weights(logProbs: Float64Array, rows?: readonly number[]): Promise<Float64Array>;
}

/** A batch cut into micro-batches, each laid out when it is asked for: attention's masks of a whole data set are large. */
export interface CutBatch {
  readonly parts: number;
  readonly responses: number;
  readonly tokens: number;
  pack(part: number): PackedBatch;
  /** The rows of a micro-batch, by their places in the batch. */
  rows(part: number): readonly number[];
}

export interface BatchGradient {
  /** One per response. */
  readonly logProbs: Float64Array;
  /** Tokens that were put through the model, counted once per forward pass. */
  readonly tokens: number;
}

/** What carries out a plan's graphs on batches. */
export interface StepRunner {
  logProbs(batch: CutBatch): Promise<Float64Array>;
  /** Adds the gradient of Σ weight · log-probability to `into`, one array per parameter. */
  gradient(
    batch: CutBatch,
    weighing: Weighing,
    into: readonly Values[],
    /** Gradients that were computed before: dropout draws anew for each. */
    draw: number,
  ): Promise<BatchGradient>;
  dispose(): Promise<void>;
}

/** What every plan is made for. */
export interface RunnerOptions {
  readonly model: LanguageModel;
  readonly weights: WeightStore;
  readonly parameters: readonly Parameter[];
  readonly adapter: { readonly lora: LoraShape; readonly layers: readonly LoraLayer[] } | null;
  /** Seed of dropout. */
  readonly seed: number;
  readonly sessions: SessionOptions;
  readonly rotary: ReturnType<typeof rotaryTables>;
  /** Logits that the head may hold at a time, where it goes by blocks of the vocabulary. */
  readonly blockLogits: number;
}

/** Sums the targets' log-probabilities of each response of a micro-batch. */
export function gatherLogProbs(packed: PackedBatch, values: Float32Array, into: Float64Array): void {
  for (const { response, start, end } of packed.responses) {
    let sum = 0;
    for (let slot = start; slot < end; slot++) sum += values[slot]!;
    into[response] = sum;
  }
}
