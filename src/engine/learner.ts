import type { TensorData } from "../checkpoints/checkpoint.ts";
import type { Example } from "../data/examples.ts";
import type { LoraShape } from "../models/lora.ts";
import type { Objective, StepMetrics } from "../objectives/objective.ts";
import type { Parameter, Values } from "../tensor/parameter.ts";
import type { Device } from "./session.ts";

/** LoRA as PEFT has it: ΔW = scale · B A on every linear layer that `targets` names. */
export type LoraOptions = LoraShape;

/**
 * `whole`: one graph for forward, backward and gradients. `blockwise`: layer by layer, recomputing activations in the
 * backward pass; memory is the layers' inputs, one layer, and the weights or as much of them as is kept.
 */
export type Plan = "whole" | "blockwise";

export interface LearnerOptions {
  /** `null` trains all weights. */
  readonly lora: LoraOptions | null;
  /** Seed of the adapter's initial values (A: Kaiming uniform as in PEFT, B: zero). */
  readonly seed: number;
  /** Threads of onnxruntime; `null`: physical cores. */
  readonly threads: number | null;
  /** How a step is cut into graphs: one for all of it (the default), or one for each kind of layer. */
  readonly plan?: Plan;
  /** Where graphs run (see `findDevice`). Default: the processor. */
  readonly device?: Device;
  /** Tokens in one micro-batch, at most (a single longer row goes alone). Default 1,024. */
  readonly tokenBudget?: number;
}

export interface LearnerResult {
  readonly loss: number;
  readonly tokens: number;
  /** One per response, in the examples' order. */
  readonly logProbs: Float64Array;
  readonly metrics?: StepMetrics;
}

/** A language model that can be trained: sums of response log-probabilities, and gradients of objectives of them. */
export interface LanguageLearner {
  /** Adapter arrays, or all weights: named as in the checkpoint (PEFT's names for an adapter). */
  readonly parameters: readonly Parameter[];
  /** Gradients computed so far, which dropout's masks go by; a resumed run sets it back. */
  draws: number;
  /** Sum of token log-probabilities of each response, in order; forward only, cut into micro-batches, without dropout. */
  logProbs(examples: readonly Example[]): Promise<{ logProbs: Float64Array; tokens: number }>;
  /** Forward and backward: adds `scale · ∂loss/∂parameter` to `into[i]`. `reference`: one value per response. */
  gradient(
    examples: readonly Example[],
    objective: Objective,
    reference: Float64Array | null,
    scale: number,
    into: readonly Values[],
  ): Promise<LearnerResult>;
  /** Adds the adapter to the weights and resets it to a fresh one from `seed`; nothing without an adapter. */
  merge(seed: number): Promise<void>;
  /** All weights under their checkpoint names, adapter merged in. */
  weights(): ReadonlyMap<string, TensorData>;
  dispose(): Promise<void>;
}
