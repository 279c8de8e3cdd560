import type { RunSnapshot } from "../runs/snapshot.ts";
import type { LayoutOptions } from "./axes.ts";
import { objectiveFigure } from "./objective.ts";
import { frontTraces } from "./overlays.ts";
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
  return { ...drawn, traces: [...frontTraces(runs, theme), ...drawn.traces] };
}
