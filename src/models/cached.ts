import {
  cachedAttention as attend,
  type CacheInputs,
  cacheDim,
  constant,
  input,
  lookup,
  reshape,
  type Tensor,
  transpose,
} from "../tensor/index.ts";
import type { Attention } from "./model.ts";

/**
 * New tokens of one or several sequences, as a graph sees them: whole prompts, or one token each. All sequences of a
 * run have as many new ones; how many they have before may differ. Symbols: `sequences`, `new`, `tokens` (their
 * product), `ends`, `capacity` (places of the cache).
 */
export interface CachedInputs extends CacheInputs {
  /** [tokens], int32 */
  readonly ids: Tensor;
  /** Rows of the tokens that go on to the head, [ends], int32: of each sequence's last new token, or of all that predict something. */
  readonly ends: Tensor;
}

/** @param turned pairs of numbers of each head that turn */
export function cachedInputs(turned: number): CachedInputs {
  return {
    ids: input("ids", ["tokens"], "int32"),
    ends: input("ends", ["ends"], "int32"),
    grid: input("grid", [3], "int64"),
    positions: input("positions", ["sequences", "new"], "int64"),
    cos: input("cos", ["positions", turned]),
    sin: input("sin", ["positions", turned]),
    last: input("last", ["sequences"], "int32"),
    total: input("total", [], "int32"),
  };
}

/** A layer's keys and values are [sequences, keyHeads, capacity, dim] each. */
export interface CacheShape {
  readonly keyHeads: number;
  readonly dim: number;
}

/** One layer's cache among a graph's inputs, and the new tokens' [sequences, new, keyHeads · dim] among its outputs. */
export interface LayerCache extends CacheShape {
  readonly past: { readonly key: Tensor; readonly value: Tensor };
  readonly fresh: { readonly key: Tensor; readonly value: Tensor };
}

/** Names of a layer's cache among a graph's inputs and outputs. */
export const cacheNames = (layer: number) => ({
  past: { key: `past.${layer}.key`, value: `past.${layer}.value` },
  fresh: { key: `fresh.${layer}.key`, value: `fresh.${layer}.value` },
});

/** Attention of new tokens to a cache; `layers` has one for each layer that was built with it, in order. */
export function cachedAttention(
  inputs: CachedInputs,
): Attention & { readonly layers: readonly LayerCache[] } {
  const layers: LayerCache[] = [];
  const grouped: Attention["grouped"] = (query, key, value, of) => {
    const { keyHeads, headDim } = of;
    const names = cacheNames(layers.length).past;
    const shape = ["sequences", keyHeads, "capacity", cacheDim(headDim)];
    const past = { key: input(names.key, shape), value: input(names.value, shape) };
    const [mixed, newKey, newValue] = attend(query, key, value, past, inputs, of);
    const dim = cacheDim(headDim);
    layers.push({ keyHeads, dim, past, fresh: { key: newKey, value: newValue } });
    return mixed;
  };
  return {
    layers,
    grouped,
    joint(qkv, heads, headDim) {
      const apart = transpose(reshape(qkv, ["tokens", heads, 3, headDim]), [2, 0, 1, 3]);
      const [query, key, value] = [0, 1, 2].map((part) => {
        const rows = lookup(apart, constant(Int32Array.of(part), [])); // [tokens, heads, headDim]
        return reshape(rows, ["tokens", heads * headDim]);
      });
      return grouped(query!, key!, value!, { heads, keyHeads: heads, headDim });
    },
  };
}
