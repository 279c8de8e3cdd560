import type { RunSnapshot } from "../runs/snapshot.ts";
import type { LayoutOptions } from "./axes.ts";
import { objectiveFigure } from "./objective.ts";
import { frontTraces } from "./overlays.ts";
import { spreadTraces, withSpread } from "./spread.ts";
import type { Theme } from "./theme.ts";
import type { Drawn } from "./trace.ts";

/**
 * Objective space without the paths: where the runs ended, the front of those that no other one beats in both, and the spread of
 * those that are means.
 */
export function frontFigure(runs: readonly RunSnapshot[], theme: Theme, layout: LayoutOptions): Drawn {
  const ends = runs.map((run): RunSnapshot => {
    const last = run.series.step.length - 1;
    const keep = <T>(values: readonly T[]): T[] => values.slice(Math.max(0, last));
    const { step, dpo, sft } = run.series;
    const series = { ...run.series, step: keep(step), dpo: keep(dpo), sft: keep(sft) };
    return { ...run, start: null, steered: [], series };
  });
  const drawn = objectiveFigure(ends, theme, layout);
  const { xaxis, yaxis } = drawn.layout;
  return {
    traces: [...frontTraces(runs, theme, layout.words), ...spreadTraces(ends, theme), ...drawn.traces],
    layout: {
      ...drawn.layout,
      ...(xaxis.range && { xaxis: { ...xaxis, range: withSpread(xaxis.range, ends, "sft") } }),
      ...(yaxis.range && { yaxis: { ...yaxis, range: withSpread(yaxis.range, ends, "dpo") } }),
    },
  };
}
