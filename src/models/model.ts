import { shortened } from "../shown.ts";
import type { Tensor } from "../tensor/index.ts";

/** Thrown for a configuration or weights that a model cannot be made of. */
export class ModelError extends Error {
  override readonly name = "ModelError";
  constructor(message: string) {
    super(shortened(message));
  }
}

/** Where a model's forward function takes its weights from. An adapter is another way to apply a linear layer. */
export interface Weights {
  /** A weight under its checkpoint name. */
  tensor(name: string): Tensor;
  /** `x` [tokens, in] through the linear layer with this module name: [tokens, out]. */
  linear(x: Tensor, module: string): Tensor;
}

/** How tokens see one another: over a packed micro-batch, or one after the other against a cache. */
export interface Attention {
  /**
   * Multi-head attention with rotary positions, of a joint projection as GPT-NeoX lays it out: of each head its query,
   * key and value.
   *
   * @param qkv [tokens, heads · 3 · headDim]
   * @returns [tokens, heads · headDim]
   */
  joint(qkv: Tensor, heads: number, headDim: number): Tensor;
  /**
   * The same with projections of their own, and fewer key and value heads than query heads (grouped queries, Ainslie
   * et al. 2023): each key head serves the next heads / keyHeads query heads.
   *
   * @param query [tokens, heads · headDim]
   * @param key,value [tokens, keyHeads · headDim]
   * @returns [tokens, heads · headDim]
   */
  grouped(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    of: { readonly heads: number; readonly keyHeads: number; readonly headDim: number },
  ): Tensor;
}

/** Rows of [tokens, width] that a computation goes on with, [picked, width]. */
export type Pick = (x: Tensor) => Tensor;

/**
 * A language model: its weights by name and shape, and its forward pass in parts: embedded tokens, one layer after the
 * other, the last norm, and the head. A plan puts the parts into one graph, or into one for each kind of layer.
 */
export interface LanguageModel {
  readonly vocabulary: number;
  /** Numbers in a hidden state. */
  readonly width: number;
  /** Longest row that its positions were made for. */
  readonly maxLength: number;
  /** Angle per position of each pair of numbers that turn; 2 · length numbers of each head do. */
  readonly frequencies: Float32Array;
  /** Every weight of the checkpoint, with its shape. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Module names of the linear layers that an adapter may target, in the order of the forward pass. */
  readonly linearLayers: readonly string[];
  /** Layers that an adapter applies to where no targets are given: PEFT's for this architecture. */
  readonly defaultTargets: readonly string[];
  /** The table of token embeddings [vocabulary, width]. */
  readonly embedding: string;
  /** The output head [vocabulary, width]: logits = hidden · headᵀ. */
  readonly head: string;
  readonly layers: number;
  /** Attention heads of a layer (of its queries). */
  readonly heads: number;
  /** What the names of a layer's weights begin with, as `gpt_neox.layers.3`; beyond it all layers are alike. */
  layerName(layer: number): string;
  /**
   * One layer, [tokens, width] → [tokens, width]; `weights` has this layer's, named without the layer's name.
   *
   * @param pick rows that are needed of the result, [tokens, width] → [picked, width]: beyond attention only these are
   *     computed, and given back
   */
  layer(x: Tensor, attention: Attention, weights: Weights, pick?: Pick): Tensor;
  /** What comes between the last layer and the head, [tokens, width] → [tokens, width]. */
  finish(x: Tensor, weights: Weights): Tensor;
}

/** The weights whose names begin with `prefix.`, under the rest of their names. */
export function below(weights: Weights, prefix: string): Weights {
  return {
    tensor: (name) => weights.tensor(`${prefix}.${name}`),
    linear: (x, module) => weights.linear(x, `${prefix}.${module}`),
  };
}

/**
 * Embedded tokens [tokens, width] to hidden states, through all layers: [tokens, width], or with `pick` those rows
 * alone, which spares the last layer most of its work where few tokens predict something that counts.
 */
export function hiddenStates(
  model: LanguageModel,
  embedded: Tensor,
  attention: Attention,
  weights: Weights,
  pick?: Pick,
): Tensor {
  let x = embedded;
  for (let i = 0; i < model.layers; i++) {
    const last = i === model.layers - 1;
    x = model.layer(x, attention, below(weights, model.layerName(i)), last ? pick : undefined);
  }
  return model.finish(x, weights);
}
