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

/**
 * Where the heads' rows lie: in packed order [tokens, heads], and in the order of the grids, [keyHeads, rows,
 * group · length] each: a group is the heads that share a key head, and stands below one another.
 */
interface HeadIndices {
  /** For values with one row per head: of each grid's cells, the packed row; of each packed row, the cell, [tokens, heads]. */
  readonly spread: readonly Tensor[];
  readonly merge: Tensor;
}

const known = new WeakMap<PackedInputs, Map<string, HeadIndices>>();

/** The same for every layer, so made once. */
function once(packed: PackedInputs, key: string, make: () => HeadIndices): HeadIndices {
  const made = known.get(packed) ?? new Map<string, HeadIndices>();
  known.set(packed, made);
  const indices = made.get(key) ?? make();
  made.set(key, indices);
  return indices;
}

const range = (length: number, shape: readonly number[]) =>
  constant(
    Int32Array.from({ length }, (_, i) => i),
    shape,
  );
const column = (x: Tensor) => reshape(x, ["tokens", 1]);

function headIndices(packed: PackedInputs, heads: number, group: number): HeadIndices {
  const spread = packed.grids.map(({ cells, rows, length }) => {
    const head = range(heads, [heads / group, 1, group, 1]);
    const index = plus(times(reshape(cells, [rows, 1, length]), heads), head); // [keyHeads, rows, group, length]
    return group === 1
      ? reshape(index, [heads, rows, length])
      : reshape(index, [heads / group, rows, `${group}·${length}`]);
  });
  // Before a token's cell of a head lie the grids before its own, of all heads, and in its own grid the heads before
  // this one's key head, the rows before its own, and in its row the heads of the group that come first.
  const keyHead = constant(
    Int32Array.from({ length: heads }, (_, h) => Math.floor(h / group)),
    [heads],
  );
  const inGroup = constant(
    Int32Array.from({ length: heads }, (_, h) => h % group),
    [heads],
  );
  const grids = times(column(packed.gridStart), heads - group);
  const keys = times(times(column(packed.gridCells), group), keyHead);
  const rows = plus(times(column(packed.rowStart), group), times(column(packed.rowCells), inGroup));
  const merge = plus(plus(grids, keys), plus(rows, column(packed.column))); // [tokens, heads]
  return { spread, merge };
}

/** The same for a query, key and value per head: packed [tokens, heads, 3]; grid after grid, three times [heads, rows, length]. */
function jointIndices(packed: PackedInputs, heads: number, { spread, merge }: HeadIndices): HeadIndices {
  // All three of the grids before come first, and the parts of its own grid before this one.
  const before = times(column(packed.gridStart), 2 * heads); // [tokens, 1]
  const parts = times(times(column(packed.gridCells), heads), range(3, [3])); // [tokens, 3]
  return {
    spread: spread.flatMap((index) => {
      const query = times(index, 3);
      return [query, plus(query, 1), plus(query, 2)];
    }),
    merge: plus(reshape(plus(merge, before), ["tokens", heads, 1]), reshape(parts, ["tokens", 1, 3])),
  };
}

/** Attention over the grids of a packed micro-batch. */
export function packedAttention(packed: PackedInputs): Attention {
  const turned = (x: Tensor, { positions }: GridInputs) => rotary(x, positions, packed.cos, packed.sin);
  const merged = (mixed: readonly Tensor[], at: HeadIndices, heads: number, headDim: number) => {
    const [tokens] = permuteRows(mixed, [at.merge], at.spread, headDim); // [tokens, heads, headDim]
    return reshape(tokens!, ["tokens", heads * headDim]);
  };
  const single = (heads: number, group = 1) =>
    once(packed, `${heads}/${group}`, () => headIndices(packed, heads, group));
  return {
    joint(qkv, heads, headDim) {
      const at = once(packed, `${heads} joint`, () => jointIndices(packed, heads, single(heads)));
      const parts = permuteRows([qkv], at.spread, [at.merge], headDim); // [heads, rows, length, headDim] each
      const mixed = packed.grids.map((grid, g) => {
        const [q, k, v] = parts.slice(3 * g, 3 * g + 3);
        return attend(turned(q!, grid), turned(k!, grid), v!, grid.mask, 1 / Math.sqrt(headDim));
      });
      return merged(mixed, single(heads), heads, headDim);
    },
    grouped(query, key, value, { heads, keyHeads, headDim }) {
      const many = single(heads, heads / keyHeads);
      const few = single(keyHeads);
      const spread = (x: Tensor, at: HeadIndices) => permuteRows([x], at.spread, [at.merge], headDim);
      const queries = spread(query, many); // [keyHeads, rows, group · length, headDim] each
      const keys = spread(key, few); // [keyHeads, rows, length, headDim] each
      const values = spread(value, few);
      const mixed = packed.grids.map((grid, g) =>
        attend(
          turned(queries[g]!, grid),
          turned(keys[g]!, grid),
          values[g]!,
          grid.mask,
          1 / Math.sqrt(headDim),
        ),
      );
      return merged(mixed, many, heads, headDim);
    },
  };
}
