import type { ResponseLogProbs, StepMetrics } from "./objective.ts";

/**
 * What a step on preferences reports: mean log-probabilities, the chosen one's change from the reference where there is
 * one, and rewards where the loss defines them ([rows × 2]: chosen, rejected).
 */
export function preferenceMetrics(
  { logProbs, reference }: ResponseLogProbs,
  rewards: Float64Array | null,
): StepMetrics {
  const rows = logProbs.length / 2;
  const sums = { chosen: 0, rejected: 0, correct: 0, logChosen: 0, logRejected: 0, change: 0 };
  for (let i = 0; i < logProbs.length; i += 2) {
    sums.logChosen += logProbs[i]!;
    sums.logRejected += logProbs[i + 1]!;
    if (reference) sums.change += logProbs[i]! - reference[i]!;
    if (!rewards) continue;
    sums.chosen += rewards[i]!;
    sums.rejected += rewards[i + 1]!;
    sums.correct += rewards[i]! > rewards[i + 1]! ? 1 : 0;
  }
  const chosen = sums.chosen / rows;
  const rejected = sums.rejected / rows;
  const margin = (sums.chosen - sums.rejected) / rows;
  return {
    ...(rewards ? { rewards: { chosen, rejected, margin, accuracy: sums.correct / rows } } : {}),
    logProbs: {
      chosen: sums.logChosen / rows,
      rejected: sums.logRejected / rows,
      ...(reference ? { chosenChange: sums.change / rows } : {}),
    },
  };
}
