import type { PlotMessage, RunSnapshot } from "../runs/snapshot.ts";
import { currentLoss, gapBars, idealDistance, optimalityGaps } from "./gaps.ts";
import { formatNumber, plainText, runLabels } from "./label.ts";

/** A plot message in words: what `text/plain` and screen readers get. One line a run. */
export function summaryText(message: PlotMessage): string {
  const labels = runLabels(message.runs);
  const lines = message.runs.map((run, i) => `${labels[i]}: ${runText(run)}`);
  const bars = message.bars ?? (message.view === "bars" ? gapBars(message.runs) : null);
  if (bars && message.view === "bars") {
    lines.push(plainText(bars.title));
    for (const { name, values } of bars.series) {
      const cells = bars.groups.map((group, g) => {
        const value = values[g];
        return `${plainText(group)} ${typeof value === "number" ? formatNumber(value) : "unknown"}`;
      });
      lines.push(`  ${plainText(name)}: ${cells.join(", ")}`);
    }
  }
  if (message.title) lines.unshift(plainText(message.title));
  return lines.join("\n") || "No runs yet.";
}

/** Where a run stands: step, losses, optimality gaps, ideal distance. */
function runText(run: RunSnapshot): string {
  const parts = [`${run.state}, step ${run.step} of ${run.steps}`];
  if (run.note) parts.push(plainText(run.note));
  const loss = currentLoss(run);
  if (loss) {
    parts.push(`DPO loss ${formatNumber(loss.dpo)}, SFT loss ${formatNumber(loss.sft)}`);
    if (run.ideal) {
      const gaps = optimalityGaps(loss, run.ideal);
      parts.push(`optimality gaps: DPO ${formatNumber(gaps.dpo)}, SFT ${formatNumber(gaps.sft)}`);
      parts.push(`distance from the ideal point ${formatNumber(idealDistance(loss, run.ideal))}`);
    }
  }
  return parts.join("; ");
}
