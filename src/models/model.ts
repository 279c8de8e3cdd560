import type { Tensor } from "../tensor/index.ts";
import type { PackedInputs } from "./packed.ts";

/** Thrown for a configuration or weights that a model cannot be made of. */
export class ModelError extends Error {
  override readonly name = "ModelError";
}

/** Where a model's forward function takes its weights from. An adapter is another way to apply a linear layer. */
export interface Weights {
  /** A weight under its checkpoint name. */
  tensor(name: string): Tensor;
  /** `x` [tokens, in] through the linear layer with this module name: [tokens, out]. */
  linear(x: Tensor, module: string): Tensor;
}

/** A language model: its weights by name and shape, and a forward function from packed tokens to hidden states. */
export interface LanguageModel {
  readonly vocabulary: number;
  /** Numbers in a hidden state. */
  readonly width: number;
  /** Longest row that its positions were made for. */
  readonly maxLength: number;
  /** Rotary positions: the numbers of each head that turn, and the base of their wavelengths. */
  readonly rotary: { readonly dimensions: number; readonly base: number };
  /** Every weight of the checkpoint, with its shape. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Module names of the linear layers that an adapter may target, in the order of the forward pass. */
  readonly linearLayers: readonly string[];
  /** The table of token embeddings [vocabulary, width]. */
  readonly embedding: string;
  /** The output head [vocabulary, width]: logits = hidden · headᵀ. */
  readonly head: string;
  /** Embedded tokens [tokens, width] to hidden states [tokens, width]. */
  hidden(embedded: Tensor, packed: PackedInputs, weights: Weights): Tensor;
}
