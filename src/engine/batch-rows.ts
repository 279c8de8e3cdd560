import type { ResponseLogProbs } from "../objectives/objective.ts";

/** Places of the rows' responses among those of the batch. */
const places = (responses: number, rows: readonly number[]) =>
  rows.flatMap((row) => Array.from({ length: responses }, (_, i) => row * responses + i));

/** What an objective reads of some of a batch's rows; means are still the whole batch's. */
export function rowsOf(all: ResponseLogProbs, rows: readonly number[]): ResponseLogProbs {
  const at = places(all.responses, rows);
  return {
    ...all,
    logProbs: Float64Array.from(at, (i) => all.logProbs[i]!),
    reference: all.reference && Float64Array.from(at, (i) => all.reference![i]!),
    lengths: Int32Array.from(at, (i) => all.lengths[i]!),
    ...(all.rowNumbers ? { rowNumbers: rows.map((row) => all.rowNumbers![row]!) } : {}),
  };
}

/** Values of some rows' responses among those of the whole batch, 0 elsewhere. */
export function spread(
  values: Float64Array,
  { lengths, responses }: Omit<ResponseLogProbs, "logProbs">,
  rows: readonly number[],
): Float64Array {
  const all = new Float64Array(lengths.length);
  for (const [i, at] of places(responses, rows).entries()) all[at] = values[i]!;
  return all;
}
