import { GRIDS } from "../models/index.ts";

/** Rows of like length of a micro-batch, side by side for attention: [rows, length]. */
export interface Grid {
  readonly rows: number;
  readonly length: number;
  /** The token in each cell; any token where a row has ended. */
  readonly cells: Int32Array;
  /** The position of each cell's token in its text. */
  readonly positions: BigInt64Array;
  /** [rows, length, length]: 0 for each cell that a cell may see, otherwise very negative. */
  readonly mask: Float32Array;
}

const HIDDEN = -1e30;

/**
 * Cuts rows, longest first, into at most `GRIDS` grids, so that they multiply as few pairs of queries and keys as can be.
 *
 * @param lengths in descending order
 * @returns where each grid ends
 */
export function cutIntoGrids(lengths: readonly number[]): number[] {
  // least[g][to]: fewest pairs of the first `to` rows in g + 1 grids; from[g][to]: where the last of those begins.
  const count = lengths.length;
  const one = (from: number, to: number) => (to - from) * lengths[from]! ** 2;
  let least = Float64Array.from({ length: count + 1 }, (_, to) => (to === 0 ? 0 : one(0, to)));
  const cuts: Int32Array[] = [new Int32Array(count + 1)];
  for (let grids = 1; grids < Math.min(GRIDS, count); grids++) {
    const next = Float64Array.from(least);
    const from = new Int32Array(count + 1).fill(-1);
    for (let to = 1; to <= count; to++)
      for (let start = 1; start < to; start++) {
        const pairs = least[start]! + one(start, to);
        if (pairs >= next[to]!) continue;
        next[to] = pairs;
        from[to] = start;
      }
    least = next;
    cuts.push(from);
  }
  const ends = [count];
  for (let grids = cuts.length - 1; grids > 0; grids--) {
    const start = cuts[grids]![ends[0]!]!;
    if (start > 0) ends.unshift(start); // otherwise one grid fewer does as well
  }
  return ends;
}

export function emptyGrid(rows: number, length: number): Grid {
  return {
    rows,
    length,
    cells: new Int32Array(rows * length),
    positions: new BigInt64Array(rows * length),
    mask: new Float32Array(rows * length * length).fill(HIDDEN),
  };
}

/** One cell that sees itself, for a grid without rows: graphs take no empty ones. Nothing reads what comes of it. */
export function idleGrid(): Grid {
  const grid = emptyGrid(1, 1);
  grid.mask[0] = 0;
  return grid;
}
