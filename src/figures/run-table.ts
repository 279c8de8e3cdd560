import type { PlotMessage } from "../runs/snapshot.ts";
import { currentLoss, idealDistance, optimalityGaps } from "./gaps.ts";
import { formatNumber, runLabels } from "./label.ts";
import { english, type Words } from "./words.ts";

export interface RunTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The same numbers as a figure shows, for reading instead of looking. */
export function runTable(message: PlotMessage, words: Words = english): RunTable {
  const labels = runLabels(message.runs);
  const unknown = "–";
  return {
    head: ["Run", "State", "Step", "DPO loss", "SFT loss", "DPO gap", "SFT gap", "Ideal distance"].map(
      (name) => words(name),
    ),
    rows: message.runs.map((run, i) => {
      const loss = currentLoss(run);
      const gaps = loss && run.ideal ? optimalityGaps(loss, run.ideal) : null;
      const numbers = [
        loss?.dpo,
        loss?.sft,
        gaps?.dpo,
        gaps?.sft,
        loss && run.ideal ? idealDistance(loss, run.ideal) : undefined,
      ];
      return [
        labels[i]!,
        words(run.state),
        words("%1 of %2", run.step, run.steps),
        ...numbers.map((value) => (value === undefined ? unknown : formatNumber(value, 4))),
      ];
    }),
  };
}
