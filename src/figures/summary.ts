import type { PlotMessage, RunSnapshot } from "../runs/snapshot.ts";
import { currentLoss, gapBars, idealDistance, optimalityGaps } from "./gaps.ts";
import { formatNumber, plainText, runLabels } from "./label.ts";
import { english, type Words } from "./words.ts";

/** A plot message in words: what `text/plain` and screen readers get. One line a run. */
export function summaryText(message: PlotMessage, words: Words = english): string {
  const labels = runLabels(message.runs);
  const lines = message.runs.map((run, i) => `${labels[i]}: ${runText(run, words)}`);
  const bars = message.bars ?? (message.view === "bars" ? gapBars(message.runs) : null);
  if (bars && message.view === "bars") {
    lines.push(plainText(words(bars.title)));
    for (const { name, values } of bars.series) {
      const cells = bars.groups.map((group, g) => {
        const value = values[g];
        return `${plainText(words(group))} ${typeof value === "number" ? formatNumber(value) : words("unknown")}`;
      });
      lines.push(`  ${plainText(name)}: ${cells.join(", ")}`);
    }
  }
  if (message.title) lines.unshift(plainText(message.title));
  return lines.join("\n") || words("No runs yet.");
}

/** Where a run stands: step, losses, optimality gaps, ideal distance. */
function runText(run: RunSnapshot, words: Words): string {
  const parts = [`${words(run.state)}, ${words("step %1 of %2", run.step, run.steps)}`];
  if (run.note) parts.push(plainText(run.note));
  const loss = currentLoss(run);
  if (loss) {
    parts.push(words("DPO loss %1, SFT loss %2", formatNumber(loss.dpo), formatNumber(loss.sft)));
    if (run.ideal) {
      const gaps = optimalityGaps(loss, run.ideal);
      parts.push(words("optimality gaps: DPO %1, SFT %2", formatNumber(gaps.dpo), formatNumber(gaps.sft)));
      parts.push(words("distance from the ideal point %1", formatNumber(idealDistance(loss, run.ideal))));
    }
  }
  return parts.join("; ");
}
