import {
  below,
  cachedAttention,
  cachedInputs,
  cacheNames,
  type LanguageModel,
  type LayerCache,
  type Weights,
} from "../models/index.ts";
import { gemm, lookup, type Tensor } from "../tensor/index.ts";

/**
 * One graph for prompts and for single tokens: its outputs are `logits` [ends, vocabulary], of what comes after each of
 * the tokens that were asked for, and every layer's new keys and values.
 */
export interface GenerationPlan {
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** One for each layer. */
  readonly caches: readonly LayerCache[];
}

export function generationPlan(model: LanguageModel, weights: Weights): GenerationPlan {
  const inputs = cachedInputs(model.frequencies.length);
  const attention = cachedAttention(inputs);
  let x = lookup(weights.tensor(model.embedding), inputs.ids); // [tokens, width]
  for (let i = 0; i < model.layers; i++) x = model.layer(x, attention, below(weights, model.layerName(i)));
  const hidden = model.finish(lookup(x, inputs.ends), weights); // [ends, width]
  const outputs: Record<string, Tensor> = {
    logits: gemm(hidden, weights.tensor(model.head), { transB: true }),
  };
  for (const [layer, { fresh }] of attention.layers.entries()) {
    const names = cacheNames(layer).fresh;
    outputs[names.key] = fresh.key;
    outputs[names.value] = fresh.value;
  }
  return { outputs, caches: attention.layers };
}
