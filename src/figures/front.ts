import type { RunSnapshot } from "../runs/snapshot.ts";
import type { LayoutOptions } from "./axes.ts";
import { mix } from "./color.ts";
import { currentLoss, type Loss } from "./gaps.ts";
import { objectiveFigure } from "./objective.ts";
import type { Theme } from "./theme.ts";
import type { Drawn } from "./trace.ts";

/** Objective space without the paths: where the runs ended, and the front of those that no other one beats in both. */
export function frontFigure(runs: readonly RunSnapshot[], theme: Theme, layout: LayoutOptions): Drawn {
  const ends = runs.map((run): RunSnapshot => {
    const last = run.series.step.length - 1;
    const keep = <T>(values: readonly T[]): T[] => values.slice(Math.max(0, last));
    const { step, dpo, sft } = run.series;
    const series = { ...run.series, step: keep(step), dpo: keep(dpo), sft: keep(sft) };
    return { ...run, start: null, steered: [], series };
  });
  const drawn = objectiveFigure(ends, theme, layout);
  const front = nondominated(ends.map(currentLoss).filter((loss) => loss !== null));
  if (front.length < 2) return drawn;
  return {
    ...drawn,
    traces: [
      {
        type: "scatter",
        mode: "lines",
        name: "Front",
        x: front.map((loss) => loss.sft),
        y: front.map((loss) => loss.dpo),
        line: { color: mix(theme.background, theme.text, 0.55), width: 1.5, dash: "dot" },
        hoverinfo: "skip",
      },
      ...drawn.traces,
    ],
  };
}

/** The points that no other one equals or beats in both losses, by growing SFT loss. */
export function nondominated(points: readonly Loss[]): Loss[] {
  const sorted = [...points].sort((a, b) => a.sft - b.sft || a.dpo - b.dpo);
  return sorted.filter((point, i) => sorted.slice(0, i).every((other) => other.dpo > point.dpo));
}
