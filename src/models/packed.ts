import {
  add,
  constant,
  input,
  matmul,
  multiply,
  permuteRows,
  reshape,
  rotary,
  softmax,
  type Tensor,
} from "../tensor/index.ts";
import type { Attention } from "./model.ts";

/**
 * A micro-batch as a graph sees it. Linear layers work on packed tokens, without padding; attention works on a grid
 * [rows, length] gathered from them. Symbols: `tokens`, `rows`, `length` (the longest row).
 */
export interface PackedInputs {
  /** [tokens], int32 */
  readonly ids: Tensor;
  /** The token in each cell of the grid, [rows, length], int32; any token where a row has ended. */
  readonly cells: Tensor;
  /** Row and column of each token in the grid, [tokens] each, int32. */
  readonly row: Tensor;
  readonly column: Tensor;
  /** The sizes of the grid, int32 scalars. */
  readonly rows: Tensor;
  readonly length: Tensor;
  /** The position of each cell's token in its text, [rows, length], int64. */
  readonly positions: Tensor;
  /** Rotary tables [length, half], float32. */
  readonly cos: Tensor;
  readonly sin: Tensor;
  /** Added to the scores of a cell (third axis) for each cell it may see (fourth): 0, or very negative; [rows, 1, length, length]. */
  readonly mask: Tensor;
}

/** @param turned pairs of numbers of each head that turn */
export function packedInputs(turned: number): PackedInputs {
  return {
    ids: input("ids", ["tokens"], "int32"),
    cells: input("cells", ["rows", "length"], "int32"),
    row: input("row", ["tokens"], "int32"),
    column: input("column", ["tokens"], "int32"),
    rows: input("rows", [], "int32"),
    length: input("length", [], "int32"),
    positions: input("positions", ["rows", "length"], "int64"),
    cos: input("cos", ["length", turned]),
    sin: input("sin", ["length", turned]),
    mask: input("mask", ["rows", 1, "length", "length"]),
  };
}

const integers = (...values: number[]) =>
  constant(Int32Array.from(values), values.length === 1 ? [] : [values.length]);
const plus = (a: Tensor, b: Tensor | number) => add(a, typeof b === "number" ? integers(b) : b);
const times = (a: Tensor, b: Tensor | number) => multiply(a, typeof b === "number" ? integers(b) : b);

/** Where the heads' rows lie, in packed order [tokens, heads, 3] and in grid order [3, rows, heads, length]. */
interface HeadIndices {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  /** [tokens, heads, 3]: from packed to grid. */
  readonly joint: Tensor;
  /** [rows, heads, length] and [tokens, heads], for values with one row per head. */
  readonly spread: Tensor;
  readonly merge: Tensor;
}

const known = new WeakMap<PackedInputs, Map<number, HeadIndices>>();

/** The same for every layer, so made once. */
function headIndices(packed: PackedInputs, heads: number): HeadIndices {
  const byHeads = known.get(packed) ?? new Map<number, HeadIndices>();
  known.set(packed, byHeads);
  const made = byHeads.get(heads);
  if (made) return made;
  const head = constant(
    Int32Array.from({ length: heads }, (_, i) => i),
    [heads],
  );
  const cell = reshape(packed.cells, ["rows", 1, "length"]);
  const spread = plus(times(cell, heads), reshape(head, [heads, 1])); // [rows, heads, length]
  const query = times(spread, 3);
  const row = reshape(packed.row, ["tokens", 1]);
  const merge = plus(
    times(plus(times(row, heads), head), packed.length),
    reshape(packed.column, ["tokens", 1]),
  ); // [tokens, heads]
  const part = times(constant(Int32Array.of(0, 1, 2), [3]), times(times(packed.rows, heads), packed.length));
  const joint = plus(reshape(merge, ["tokens", heads, 1]), part);
  const indices = { query, key: plus(query, 1), value: plus(query, 2), joint, spread, merge };
  byHeads.set(heads, indices);
  return indices;
}

/** Attention over the grid of a packed micro-batch. */
export function packedAttention(packed: PackedInputs): Attention {
  const turned = (x: Tensor) => rotary(x, packed.positions, packed.cos, packed.sin);
  return {
    joint(qkv, heads, headDim) {
      const at = headIndices(packed, heads);
      const [q, k, v] = permuteRows([qkv], [at.query, at.key, at.value], [at.joint], headDim); // [rows, heads, length, headDim]
      const scores = matmul(turned(q!), turned(k!), { transB: true, alpha: 1 / Math.sqrt(headDim) }); // [rows, heads, length, length]
      const mixed = matmul(softmax(add(scores, packed.mask)), v!); // [rows, heads, length, headDim]
      const [merged] = permuteRows([mixed], [at.merge], [at.spread], headDim); // [tokens, heads, headDim]
      return reshape(merged!, ["tokens", heads * headDim]);
    },
    grouped(query, key, value, { heads, keyHeads, headDim }) {
      const [many, few] = [headIndices(packed, heads), headIndices(packed, keyHeads)];
      const grid = (x: Tensor, at: HeadIndices) => permuteRows([x], [at.spread], [at.merge], headDim)[0]!;
      const q = turned(grid(query, many)); // [rows, heads, length, headDim]
      const k = turned(grid(key, few)); // [rows, keyHeads, length, headDim]
      const v = grid(value, few); // [rows, keyHeads, length, headDim]
      // The queries of all heads that share a key head stand below one another: keys and values are never repeated.
      const stacked = heads === keyHeads ? "length" : `${heads / keyHeads}·length`;
      const scores = matmul(reshape(q, ["rows", keyHeads, stacked, headDim]), k, {
        transB: true,
        alpha: 1 / Math.sqrt(headDim),
      });
      const seen = add(reshape(scores, ["rows", heads, "length", "length"]), packed.mask);
      const probabilities = reshape(softmax(seen), ["rows", keyHeads, stacked, "length"]);
      const mixed = matmul(probabilities, v); // [rows, keyHeads, group · length, headDim]
      const [merged] = permuteRows([mixed], [many.merge], [many.spread], headDim); // [tokens, heads, headDim]
      return reshape(merged!, ["tokens", heads * headDim]);
    },
  };
}
