import type { PackedBatch } from "./packing.ts";
import { type Pairs, pairFeeds } from "./pair-factors.ts";
import type { Feed } from "./session.ts";

/** Weights of responses known beforehand, and pairs whose weights the graph computes; both carry the caller's scale. */
export interface Factors {
  /** One per response of the whole batch. */
  readonly weightOf: Float64Array | null;
  readonly pairs: Pairs | null;
}

export const floats = (data: Float32Array, ...shape: number[]): Feed => ({ type: "float32", data, shape });
const integers = (data: Int32Array, ...shape: number[]): Feed => ({ type: "int32", data, shape });

/** cos and sin of every position's angles, [length, frequencies.length]; made longer as rows need it. */
export function rotaryTables(frequencies: Float32Array) {
  const half = frequencies.length;
  let positions = 0;
  let cos = new Float32Array(0);
  let sin = new Float32Array(0);
  return (length: number) => {
    if (length > positions) {
      positions = length;
      cos = new Float32Array(positions * half);
      sin = new Float32Array(positions * half);
      for (let position = 0; position < positions; position++) {
        for (let i = 0; i < half; i++) {
          const angle = Math.fround(position * frequencies[i]!); // in float32, as PyTorch computes it
          cos[position * half + i] = Math.cos(angle);
          sin[position * half + i] = Math.sin(angle);
        }
      }
    }
    return {
      cos: floats(cos.subarray(0, length * half), length, half),
      sin: floats(sin.subarray(0, length * half), length, half),
    };
  };
}

/**
 * Size of the vocabulary's blocks: at most about `limit` logits at a time for this many targets, and at least one row
 * of the head is left for the rest. Sizes are multiples of 16, for the multiplication's kernels, but not of 256: rows a
 * power of two apart share their places in the cache (2,048 instead of 2,016 costs 15% of that multiplication).
 */
export function blockSize(vocabulary: number, targets: number, limit: number): number {
  const blocks = Math.ceil(vocabulary / Math.max(64, Math.floor(limit / targets)));
  const size = Math.floor((vocabulary - 1) / blocks);
  const even = size - (size % 16);
  if (even === 0) return Math.max(1, size);
  return even % 256 === 0 && even > 256 ? even - 16 : even;
}

/** The head [vocabulary, width] for graphs that take it block by block: views of it, nothing is copied. */
export function headFeeds(
  head: Float32Array,
  width: number,
  { chunks, chunk }: PackedBatch,
  logits: number,
): [string, Feed][] {
  const vocabulary = head.length / width;
  const size = blockSize(vocabulary, chunks * chunk, logits);
  const blocks = Math.floor((vocabulary - 1) / size);
  return [
    ["headBlocks", floats(head.subarray(0, blocks * size * width), blocks, size, width)],
    ["headRest", floats(head.subarray(blocks * size * width), vocabulary - blocks * size, width)],
  ];
}

export function batchFeeds(packed: PackedBatch, rotary: ReturnType<typeof rotaryTables>): Map<string, Feed> {
  const { tokens, grids, chunks, chunk } = packed;
  const { cos, sin } = rotary(Math.max(...grids.map(({ length }) => length)));
  return new Map<string, Feed>([
    ["ids", integers(packed.ids, tokens)],
    ["gridStart", integers(packed.gridStart, tokens)],
    ["rowStart", integers(packed.rowStart, tokens)],
    ["gridCells", integers(packed.gridCells, tokens)],
    ["rowCells", integers(packed.rowCells, tokens)],
    ["column", integers(packed.column, tokens)],
    ["cos", cos],
    ["sin", sin],
    ...grids.flatMap(({ rows, length, ...grid }, g): [string, Feed][] => [
      [`cells${g}`, integers(grid.cells, rows, length)],
      [`positions${g}`, { type: "int64", data: grid.positions, shape: [rows, length] }],
      [`mask${g}`, floats(grid.mask, rows, 1, length, length)],
    ]),
    ["targets", integers(packed.targets, chunks, chunk)],
    ["slotOf", integers(packed.slotOf, tokens)],
    ["labels", integers(packed.labels, chunks, chunk)],
  ]);
}

/** The weight of each slot's log-probability; zero in slots without a target. */
export function slotFactors(packed: PackedBatch, { weightOf }: Factors): Float32Array {
  const factors = new Float32Array(packed.chunks * packed.chunk);
  if (weightOf) {
    for (const { response, start, end } of packed.responses) factors.fill(weightOf[response]!, start, end);
  }
  return factors;
}

/** @param pairs whether the graph computes weights of pairs; without any, one that has no targets is given */
export function factorFeeds(packed: PackedBatch, factors: Factors, pairs: boolean): Map<string, Feed> {
  const { chunks, chunk } = packed;
  const feeds = new Map<string, Feed>([["factors", floats(slotFactors(packed, factors), chunks, chunk)]]);
  if (!pairs) return feeds;
  for (const [name, feed] of pairFeeds(packed, factors.pairs)) feeds.set(name, feed);
  return feeds;
}
