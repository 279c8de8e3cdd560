import { type Emitter, MICROSOFT } from "../emitter.ts";
import { formatShape, TensorError } from "../shape.ts";
import { apply, type Operator, type Tensor } from "../tensor.ts";

/** Where new tokens stand, and how positions turn heads. Shared by all layers of a graph. */
export interface CacheInputs {
  /** [sequences, new tokens of each, −1]: how the rows of the new tokens fall into a grid; int64. */
  readonly grid: Tensor;
  /** The position of each new token in its text, [sequences, new], int64. */
  readonly positions: Tensor;
  /** Rotary tables [positions, half]. */
  readonly cos: Tensor;
  readonly sin: Tensor;
  /** The last position of each sequence that is seen, [sequences], int32; new tokens end there. */
  readonly last: Tensor;
  /** The largest of those, and one: int32 scalar. */
  readonly total: Tensor;
}

interface Heads {
  readonly heads: number;
  readonly keyHeads: number;
  readonly headDim: number;
}

/** The kernel's heads have a multiple of 8 numbers; zeros beyond a head's own change neither scores nor values. */
const paddedDim = (headDim: number) => Math.ceil(headDim / 8) * 8;

const attentionOperator: Operator<Heads> = {
  name: "cachedAttention",
  shape([query, key, value, pastKey, pastValue], { heads, keyHeads, headDim }) {
    const widths = [heads, keyHeads, keyHeads].map((count) => count * headDim);
    for (const [i, x] of [query!, key!, value!].entries()) {
      if (x.shape.length !== 2 || x.shape[1] !== widths[i] || heads % keyHeads !== 0) {
        const found = formatShape(x.shape);
        throw new TensorError(
          `cachedAttention: ${found} is not ${heads} heads (${keyHeads} of keys) of ${headDim} numbers`,
        );
      }
    }
    for (const past of [pastKey!, pastValue!]) {
      if (past.shape.length !== 4 || past.shape[1] !== keyHeads || past.shape[3] !== paddedDim(headDim)) {
        throw new TensorError(
          `cachedAttention: a cache of ${formatShape(past.shape)} is not for ${keyHeads} heads of ${paddedDim(headDim)}`,
        );
      }
    }
    return [query!, pastKey!, pastValue!];
  },
  emit(onnx, [query, key, value, ...rest], outputs, { heads, keyHeads, headDim }, { inputs }) {
    const [pastKey, pastValue, grid, positions, cos, sin, last, total] = rest;
    const padded = paddedDim(headDim);
    const turn = (x: string, count: number) =>
      onnx.node(
        "RotaryEmbedding",
        [onnx.node("Reshape", [x, grid!]), positions!, cos!, sin!],
        undefined,
        2 * (inputs[7]!.shape[1] as number) === headDim
          ? {}
          : {
              num_heads: { int: count },
              rotary_embedding_dim: { int: 2 * (inputs[7]!.shape[1] as number) },
            },
        MICROSOFT,
      );
    const pad = (x: string, count: number) =>
      padded === headDim ? x : resized(onnx, x, count, padded - headDim);
    const mixed = onnx.name("mixed");
    onnx.node(
      "GroupQueryAttention",
      [
        pad(turn(query!, heads), heads),
        pad(turn(key!, keyHeads), keyHeads),
        pad(onnx.node("Reshape", [value!, grid!]), keyHeads),
        pastKey!,
        pastValue!,
        last!,
        total!,
      ],
      [mixed, ...outputs.slice(1)],
      {
        num_heads: { int: heads },
        kv_num_heads: { int: keyHeads },
        scale: { float: 1 / Math.sqrt(headDim) },
      },
      MICROSOFT,
    );
    const own = padded === headDim ? mixed : resized(onnx, mixed, heads, headDim - padded);
    onnx.node("Reshape", [own, onnx.sizes([-1, heads * headDim])], [outputs[0]!]);
  },
};

/** Each head with so many zeros more, or numbers less. [sequences, new, heads · from] → [sequences, new, heads · to] */
function resized(onnx: Emitter, x: string, heads: number, by: number): string {
  const apart = onnx.node("Reshape", [x, onnx.sizes([0, 0, heads, -1])]);
  const changed = onnx.node("Pad", [apart, onnx.sizes([0, 0, 0, 0, 0, 0, 0, by])]);
  return onnx.node("Reshape", [changed, onnx.sizes([0, 0, -1])]);
}

/** What a cache needs for a head of `headDim` numbers, along its last axis. */
export const cacheDim = paddedDim;

/**
 * Causal attention of new tokens against the keys and values of a cache, which then has theirs too. Rotary positions
 * as in `rotary`; query heads share key heads in consecutive groups (Ainslie et al. 2023). No derivative.
 *
 * The cache has places for more tokens than it holds: those after `last` are never read. Where a run gives the same
 * array as past and as present, new keys and values are written in place and nothing is copied.
 *
 * @param query [tokens, heads · headDim], of all sequences' new tokens in turn
 * @param key,value [tokens, keyHeads · headDim]
 * @param pastKey,pastValue [sequences, keyHeads, capacity, cacheDim(headDim)]
 * @returns mixed values [tokens, heads · headDim], and the cache's keys and values with the new ones
 */
export function cachedAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  past: { readonly key: Tensor; readonly value: Tensor },
  at: CacheInputs,
  heads: Heads,
): readonly [mixed: Tensor, key: Tensor, value: Tensor] {
  const where = [at.grid, at.positions, at.cos, at.sin, at.last, at.total];
  const [mixed, presentKey, presentValue] = apply(
    attentionOperator,
    [query, key, value, past.key, past.value, ...where],
    heads,
  );
  return [mixed!, presentKey!, presentValue!];
}
