import type { Example } from "../data/examples.ts";
import type { LanguageLearner } from "../engine/learner.ts";
import type { Preparation } from "./workshop.ts";

/** Rows that are computed together; fixed, so that no run's batches change a value's bits. */
const rowsAtOnce = 64;

/** log π of chosen and rejected response by row number, as DPO's objective reads them from the reference. */
export type ReferenceValues = ReadonlyMap<number, readonly [number, number]>;

/** Both responses' log-probabilities under the learner as it is now, in the data's order and in fixed batches. */
export async function referenceValues(
  learner: LanguageLearner,
  examples: readonly Example[],
  preparation: Preparation | null,
): Promise<ReferenceValues> {
  const values = new Map<number, readonly [number, number]>();
  const inOrder = [...examples].sort((a, b) => a.row - b.row);
  let told = performance.now();
  for (let i = 0; i < inOrder.length; i += rowsAtOnce) {
    const rows = inOrder.slice(i, i + rowsAtOnce);
    const { logProbs } = await learner.logProbs(rows);
    for (const [r, { row }] of rows.entries()) values.set(row, [logProbs[2 * r]!, logProbs[2 * r + 1]!]);
    await preparation?.checkpoint();
    if (!preparation || performance.now() - told < 500) continue;
    told = performance.now();
    preparation.note(`reference log-probabilities: row ${values.size} of ${inOrder.length}`);
  }
  return values;
}

/** The values of a batch's rows, one per response. */
export function referenceOf(values: ReferenceValues, examples: readonly Example[]): Float64Array {
  const reference = new Float64Array(2 * examples.length);
  for (const [i, { row }] of examples.entries()) reference.set(values.get(row)!, 2 * i);
  return reference;
}
