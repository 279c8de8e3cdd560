import {
  add,
  attend,
  constant,
  input,
  multiply,
  permuteRows,
  reshape,
  rotary,
  type Tensor,
} from "../tensor/index.ts";
import type { Attention } from "./model.ts";

/**
 * Grids that a micro-batch's rows are cut into, by length: queries and keys are multiplied for the longest row of a
 * grid, so a few grids have little padding where one would be half empty.
 */
export const GRIDS = 3;

/** Rows of like length, side by side. Symbols: `rows0`, `length0` (the longest row) and so on. */
interface GridInputs {
  /** The token in each cell, [rows, length], int32; any token where a row has ended. */
  readonly cells: Tensor;
  /** The position of each cell's token in its text, [rows, length], int64. */
  readonly positions: Tensor;
  /** Added to the scores of a cell (third axis) for each cell it may see (fourth): 0, or very negative; [rows, 1, length, length]. */
  readonly mask: Tensor;
  readonly rows: string;
  readonly length: string;
}

/**
 * A micro-batch as a graph sees it. Linear layers work on packed tokens, without padding; attention works on grids
 * gathered from them. Symbols: `tokens`, and those of the grids.
 */
export interface PackedInputs {
  /** [tokens], int32 */
  readonly ids: Tensor;
  readonly grids: readonly GridInputs[];
  /**
   * Of each token, [tokens] each, int32, in cells of all grids in turn: where its grid and its row begin, how many
   * cells its grid and its row have, and its place in the row.
   */
  readonly gridStart: Tensor;
  readonly rowStart: Tensor;
  readonly gridCells: Tensor;
  readonly rowCells: Tensor;
  readonly column: Tensor;
  /** Rotary tables [positions, half], float32. */
  readonly cos: Tensor;
  readonly sin: Tensor;
}

/** @param turned pairs of numbers of each head that turn */
export function packedInputs(turned: number): PackedInputs {
  const perToken = (name: string) => input(name, ["tokens"], "int32");
  return {
    ids: perToken("ids"),
    grids: Array.from({ length: GRIDS }, (_, g) => {
      const [rows, length] = [`rows${g}`, `length${g}`];
      return {
        rows,
        length,
        cells: input(`cells${g}`, [rows, length], "int32"),
        positions: input(`positions${g}`, [rows, length], "int64"),
        mask: input(`mask${g}`, [rows, 1, length, length]),
      };
    }),
    gridStart: perToken("gridStart"),
    rowStart: perToken("rowStart"),
    gridCells: perToken("gridCells"),
    rowCells: perToken("rowCells"),
    column: perToken("column"),
    cos: input("cos", ["positions", turned]),
    sin: input("sin", ["positions", turned]),
  };
}

const integers = (...values: number[]) =>
  constant(Int32Array.from(values), values.length === 1 ? [] : [values.length]);
const plus = (a: Tensor, b: Tensor | number) => add(a, typeof b === "number" ? integers(b) : b);
const times = (a: Tensor, b: Tensor | number) => multiply(a, typeof b === "number" ? integers(b) : b);

/** Where the heads' rows lie: in packed order [tokens, heads], and in the order of the grids, [rows, heads, length] each. */
interface HeadIndices {
  /** For values with one row per head: of each grid's cells, the packed row; of each packed row, the cell. */
  readonly spread: readonly Tensor[];
  readonly merge: Tensor;
  /** For a query, key and value per head, packed [tokens, heads, 3] and, grid after grid, three times [rows, heads, length]. */
  readonly spreadJoint: readonly Tensor[];
  /** [tokens, heads, 3] */
  readonly mergeJoint: Tensor;
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
  const column = (x: Tensor) => reshape(x, ["tokens", 1]);
  const spread = packed.grids.map(({ cells, rows, length }) =>
    plus(times(reshape(cells, [rows, 1, length]), heads), reshape(head, [heads, 1])),
  ); // [rows, heads, length]
  const within = plus(times(column(packed.rowCells), head), column(packed.column)); // [tokens, heads], in its row
  const merge = plus(times(column(packed.rowStart), heads), within); // [tokens, heads]
  const three = constant(Int32Array.of(0, 1, 2), [3]);
  // Before a token's part lie all parts of the grids before its own, and its own grid's parts before this one.
  const before = times(plus(times(packed.gridStart, 2), packed.rowStart), heads); // [tokens]: 3 · gridStart + rowStart − gridStart
  const parts = times(times(column(packed.gridCells), heads), three); // [tokens, 3]
  const mergeJoint = plus(
    reshape(plus(column(before), within), ["tokens", heads, 1]),
    reshape(parts, ["tokens", 1, 3]),
  ); // [tokens, heads, 3]
  const spreadJoint = spread.flatMap((index) => {
    const query = times(index, 3);
    return [query, plus(query, 1), plus(query, 2)];
  });
  const indices = { spread, merge, spreadJoint, mergeJoint };
  byHeads.set(heads, indices);
  return indices;
}

/** Attention over the grids of a packed micro-batch. */
export function packedAttention(packed: PackedInputs): Attention {
  const turned = (x: Tensor, { positions }: GridInputs) => rotary(x, positions, packed.cos, packed.sin);
  const merged = (mixed: readonly Tensor[], at: HeadIndices, heads: number, headDim: number) => {
    const [tokens] = permuteRows(mixed, [at.merge], at.spread, headDim); // [tokens, heads, headDim]
    return reshape(tokens!, ["tokens", heads * headDim]);
  };
  return {
    joint(qkv, heads, headDim) {
      const at = headIndices(packed, heads);
      const parts = permuteRows([qkv], at.spreadJoint, [at.mergeJoint], headDim); // [rows, heads, length, headDim] each
      const mixed = packed.grids.map((grid, g) => {
        const [q, k, v] = parts.slice(3 * g, 3 * g + 3);
        const of = { heads, alpha: 1 / Math.sqrt(headDim) };
        return attend(turned(q!, grid), turned(k!, grid), v!, grid.mask, of); // [rows, heads, length, headDim]
      });
      return merged(mixed, at, heads, headDim);
    },
    grouped(query, key, value, { heads, keyHeads, headDim }) {
      const [many, few] = [headIndices(packed, heads), headIndices(packed, keyHeads)];
      const spread = (x: Tensor, at: HeadIndices) => permuteRows([x], at.spread, [at.merge], headDim);
      const queries = spread(query, many); // [rows, heads, length, headDim] each
      const keys = spread(key, few); // [rows, keyHeads, length, headDim] each
      const values = spread(value, few);
      const mixed = packed.grids.map((grid, g) => {
        const { rows, length, mask } = grid;
        const q = turned(queries[g]!, grid);
        const k = turned(keys[g]!, grid);
        // The queries of all heads that share a key head stand below one another: keys and values are never repeated.
        const stacked = heads === keyHeads ? length : `${heads / keyHeads}·${length}`;
        const of = { heads, alpha: 1 / Math.sqrt(headDim) };
        // [rows, keyHeads, group · length, headDim]
        return attend(reshape(q, [rows, keyHeads, stacked, headDim]), k, values[g]!, mask, of);
      });
      return merged(mixed, many, heads, headDim);
    },
  };
}
