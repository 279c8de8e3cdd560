import type { Example } from "../../src/data/index.ts";
import { groupByBudget, pack, rowTokens } from "../../src/engine/packing.ts";

/** What micro-batches compute, and what they would without padding. */
export interface Padding {
  pairs: number;
  neededPairs: number;
  tokens: number;
  neededTokens: number;
  targets: number;
  neededTargets: number;
  microBatches: number;
}

/** Adds up a batch as the engine packs it: query–key pairs against Σ (row's tokens)², tokens, targets. */
export function addPadding(into: Padding, batch: readonly Example[], budget: number): void {
  const firstResponse: number[] = [];
  let responses = 0;
  for (const example of batch) {
    firstResponse.push(responses);
    responses += example.responses.length;
  }
  for (const group of groupByBudget(batch, budget)) {
    const packed = pack(batch, group, firstResponse, Number.MAX_SAFE_INTEGER);
    into.microBatches++;
    for (const { rows, length } of packed.grids) into.pairs += rows * length ** 2;
    into.tokens += packed.ids.length;
    into.targets += packed.targets.length;
    for (const i of group) {
      const tokens = rowTokens(batch[i]!);
      into.neededPairs += tokens ** 2;
      into.neededTokens += tokens;
      into.neededTargets += tokens - batch[i]!.prompt.length + 1;
    }
  }
}

export const noPadding = (): Padding => ({
  pairs: 0,
  neededPairs: 0,
  tokens: 0,
  neededTokens: 0,
  targets: 0,
  neededTargets: 0,
  microBatches: 0,
});
