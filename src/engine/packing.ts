import type { Example } from "../data/examples.ts";
import { GRIDS } from "../models/index.ts";
import { cutIntoGrids, emptyGrid, type Grid, idleGrid } from "./grids.ts";

/**
 * A row of a micro-batch holds the prompt without its last token, then for each response the prompt's last token and
 * the response without its own last one. So the prompt is computed once, each target has a token of its own that
 * predicts it, and position ids go on from the prompt in every response. A response sees the prompt and itself.
 */
export function rowTokens(example: Example): number {
  return example.responses.reduce((sum, response) => sum + response.length, example.prompt.length - 1);
}

/** Tokens in a micro-batch unless a learner is told otherwise: padding and memory stay small, multiplications large. */
export const TOKEN_BUDGET = 1024;

/** Examples that are computed together, by their places in the batch. */
export type Group = readonly number[];

/**
 * Cuts a batch into micro-batches of at most `budget` tokens (a longer row goes alone), of rows of like length, so
 * that attention's grids have little padding.
 */
export function groupByBudget(examples: readonly Example[], budget: number): Group[] {
  const order = examples
    .map((_, i) => i)
    .sort((a, b) => rowTokens(examples[b]!) - rowTokens(examples[a]!) || a - b);
  const groups: number[][] = [];
  let used = budget;
  for (const i of order) {
    const tokens = rowTokens(examples[i]!);
    if (used + tokens > budget) {
      groups.push([]);
      used = 0;
    }
    groups.at(-1)!.push(i);
    used += tokens;
  }
  return groups;
}

/** A response's targets: consecutive slots of the head's input. */
export interface ResponseSlots {
  /** Place of the response in the whole batch's list of responses. */
  readonly response: number;
  readonly start: number;
  readonly end: number;
}

export interface PackedBatch {
  readonly tokens: number;
  readonly rows: number;
  readonly ids: Int32Array;
  /** `GRIDS` of them, those without rows idle. */
  readonly grids: readonly Grid[];
  /** Of each token, in cells of all grids in turn: where its grid and its row begin, and its grid's and its row's cells. */
  readonly gridStart: Int32Array;
  readonly rowStart: Int32Array;
  readonly gridCells: Int32Array;
  readonly rowCells: Int32Array;
  readonly column: Int32Array;
  readonly chunks: number;
  readonly chunk: number;
  /** The token of each slot, and the slot of each token (one without weight for tokens that predict nothing). */
  readonly targets: Int32Array;
  readonly slotOf: Int32Array;
  readonly labels: Int32Array;
  readonly responses: readonly ResponseSlots[];
}

/**
 * Lays out the examples of a group, which are in order of their length, the longest first.
 *
 * @param firstResponse the place of each example's first response in the batch's list of responses
 * @param chunkLimit targets that the head takes at a time, at most
 */
export function pack(
  examples: readonly Example[],
  group: Group,
  firstResponse: readonly number[],
  chunkLimit: number,
): PackedBatch {
  const lengths = group.map((i) => rowTokens(examples[i]!));
  const tokens = lengths.reduce((a, b) => a + b, 0);
  const count = group.reduce((sum, i) => sum + rowTokens(examples[i]!) - examples[i]!.prompt.length + 1, 0);
  // One slot more than targets: tokens that predict nothing point there, and its weight is zero.
  const chunks = Math.ceil((count + 1) / chunkLimit);
  const chunk = Math.ceil((count + 1) / chunks);
  const packed = {
    ids: new Int32Array(tokens),
    gridStart: new Int32Array(tokens),
    rowStart: new Int32Array(tokens),
    gridCells: new Int32Array(tokens),
    rowCells: new Int32Array(tokens),
    column: new Int32Array(tokens),
    targets: new Int32Array(chunks * chunk),
    slotOf: new Int32Array(tokens).fill(count),
    labels: new Int32Array(chunks * chunk),
  };
  const responses: ResponseSlots[] = [];
  const ends = cutIntoGrids(lengths);
  const grids = ends.map((end, g) => {
    const first = g === 0 ? 0 : ends[g - 1]!;
    return emptyGrid(end - first, lengths[first]!);
  });
  let token = 0;
  let slot = 0;
  let g = 0;
  let gridStart = 0;
  let r = 0;
  for (const [at, i] of group.entries()) {
    if (at === ends[g]) {
      gridStart += grids[g]!.cells.length;
      g++;
      r = 0;
    }
    const grid = grids[g]!;
    const { length } = grid;
    const { prompt, responses: texts } = examples[i]!;
    const shared = prompt.length - 1;
    const maskRow = (column: number) => (r * length + column) * length;
    let column = 0;
    const place = (id: number, position: number, segment: number) => {
      packed.ids[token] = id;
      packed.gridStart[token] = gridStart;
      packed.rowStart[token] = gridStart + r * length;
      packed.gridCells[token] = grid.cells.length;
      packed.rowCells[token] = length;
      packed.column[token] = column;
      grid.cells[r * length + column] = token;
      grid.positions[r * length + column] = BigInt(position);
      const start = maskRow(column);
      grid.mask.fill(0, start, start + Math.min(shared, column + 1));
      if (column >= shared) grid.mask.fill(0, start + segment, start + column + 1);
      column++;
      token++;
    };
    for (let p = 0; p < shared; p++) place(prompt[p]!, p, 0);
    for (const [j, text] of texts.entries()) {
      const segment = column;
      responses.push({ response: firstResponse[i]! + j, start: slot, end: slot + text.length });
      for (let t = 0; t < text.length; t++) {
        packed.targets[slot] = token;
        packed.slotOf[token] = slot;
        packed.labels[slot] = text[t]!;
        slot++;
        place(t === 0 ? prompt[shared]! : text[t - 1]!, shared + t, segment);
      }
    }
    // A cell without a token sees only itself, so that whatever it holds stays there, forward and backward.
    for (; column < length; column++) grid.mask[maskRow(column) + column] = 0;
    r++;
  }
  while (grids.length < GRIDS) grids.push(idleGrid());
  return { tokens, rows: group.length, grids, chunks, chunk, responses, ...packed };
}
