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
  shape([query, key, value, pastKey, pastValue, , positions], { heads, keyHeads, headDim }) {
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
    const [sequences, fresh] = positions!.shape;
    const rows = { type: key!.type, shape: [sequences!, fresh!, keyHeads * paddedDim(headDim)] };
    return [query!, rows, rows];
  },
  emit(onnx, [query, key, value, ...rest], outputs, { heads, keyHeads, headDim }, { inputs }) {
    const [pastKey, pastValue, grid, positions, cos, sin, last, total] = rest;
    const more = paddedDim(headDim) - headDim;
    const turned = 2 * (inputs[7]!.shape[1] as number);
    const turn = (x: string, count: number, to = onnx.name("turned")) => {
      const partial = { num_heads: { int: count }, rotary_embedding_dim: { int: turned } };
      const rows = onnx.node("Reshape", [x, grid!]); // [sequences, new, count · headDim]
      const attributes = turned === headDim ? {} : partial;
      return onnx.node("RotaryEmbedding", [rows, positions!, cos!, sin!], [to], attributes, MICROSOFT);
    };
    const [mixed, newKey, newValue] = outputs;
    if (more === 0) {
      turn(key!, keyHeads, newKey);
      onnx.node("Reshape", [value!, grid!], [newValue!]);
    } else {
      resized(onnx, turn(key!, keyHeads), keyHeads, more, newKey);
      resized(onnx, onnx.node("Reshape", [value!, grid!]), keyHeads, more, newValue);
    }
    const asked = turn(query!, heads);
    const whole = onnx.node(
      "GroupQueryAttention",
      [
        more === 0 ? asked : resized(onnx, asked, heads, more),
        newKey!,
        newValue!,
        pastKey!,
        pastValue!,
        last!,
        total!,
      ],
      [onnx.name("mixed"), onnx.name("key"), onnx.name("value")],
      {
        num_heads: { int: heads },
        kv_num_heads: { int: keyHeads },
        scale: { float: 1 / Math.sqrt(headDim) },
      },
      MICROSOFT,
    );
    const own = more === 0 ? whole : resized(onnx, whole, heads, -more);
    onnx.node("Reshape", [own, onnx.sizes([-1, heads * headDim])], [mixed!]);
  },
};

/** Each head with so many zeros more, or numbers less. [sequences, new, heads · from] → [sequences, new, heads · to] */
function resized(onnx: Emitter, x: string, heads: number, by: number, to = onnx.name("resized")): string {
  const apart = onnx.node("Reshape", [x, onnx.sizes([0, 0, heads, -1])]);
  const changed = onnx.node("Pad", [apart, onnx.sizes([0, 0, 0, 0, 0, 0, 0, by])]);
  return onnx.node("Reshape", [changed, onnx.sizes([0, 0, -1])], [to]);
}

/** What a cache needs for a head of `headDim` numbers, along its last axis. */
export const cacheDim = paddedDim;

/**
 * Causal attention of new tokens against the keys and values of a cache, which then has theirs too. Rotary positions
 * as in `rotary`; query heads share key heads in consecutive groups (Ainslie et al. 2023). No derivative.
 *
 * The cache may have places for more tokens than it holds: what is not before the new tokens is never read. It is not
 * changed either; the new keys and values are given back, few numbers, for the caller to put there. (The kernel can
 * write to the cache in place, but onnxruntime-node copies every output, those given to it too.)
 *
 * @param query [tokens, heads · headDim], of all sequences' new tokens in turn
 * @param key,value [tokens, keyHeads · headDim]
 * @param past of each sequence [sequences, keyHeads, capacity, cacheDim(headDim)]
 * @returns mixed values [tokens, heads · headDim], and what the cache lacks, [sequences, new, keyHeads · cacheDim(headDim)]
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
  const [mixed, newKey, newValue] = apply(
    attentionOperator,
    [query, key, value, past.key, past.value, ...where],
    heads,
  );
  return [mixed!, newKey!, newValue!];
}
