import type { RunSnapshot } from "../runs/snapshot.ts";
import { axis, baseLayout, type LayoutOptions, paddedRange, panelPlaces, steadyRange } from "./axes.ts";
import { runLabels } from "./label.ts";
import { axisTitles } from "./objective.ts";
import { methodStyle } from "./palette.ts";
import type { Theme } from "./theme.ts";
import type { Drawn, ScatterTrace, Shape } from "./trace.ts";
import { english, type Words } from "./words.ts";

const objectives = [
  { name: "sft", train: "trainSft", axes: { xaxis: "x", yaxis: "y" } },
  { name: "dpo", train: "trainDpo", axes: { xaxis: "x2", yaxis: "y2" } },
] as const;

/** Beyond this, evaluated points are a line without markers (a marker each makes drawing an order slower). */
const mostMarkers = 40;

/** Both losses over steps, side by side: the training loss of each batch (thin), and the evaluated loss. */
export function lossesFigure(runs: readonly RunSnapshot[], theme: Theme, layout: LayoutOptions): Drawn {
  const { words = english } = layout;
  const labels = runLabels(runs);
  const traces = runs.flatMap((run, i) =>
    objectives.flatMap((objective) =>
      lossTraces(run, labels[i]!, objective, theme, runs.length > 2 ? 0.25 : 0.45, words),
    ),
  );
  const last = Math.max(1, ...runs.map((run) => Math.max(run.step, run.series.step.at(-1) ?? 0)));
  const range = steadyRange([-0.02 * last, 1.02 * last]);
  const y = (ref: "y" | "y2") =>
    steadyRange(
      paddedRange(
        traces.flatMap((trace) => (trace.yaxis === ref ? trace.y : [])).concat(idealsOf(runs, ref)),
        0.05,
      ),
    );
  const [first, second] = panelPlaces(layout);
  return {
    traces,
    layout: {
      ...baseLayout(theme, layout),
      xaxis: axis(words("Step"), theme, { range, domain: first.x }),
      yaxis: axis(words(axisTitles.sft), theme, { range: y("y"), domain: first.y }),
      xaxis2: axis(words("Step"), theme, { range, domain: second.x, anchor: "y2" }),
      yaxis2: axis(words(axisTitles.dpo), theme, { range: y("y2"), domain: second.y, anchor: "x2" }),
      shapes: (["y", "y2"] as const).flatMap((ref) =>
        idealsOf(runs, ref).map((value) => idealLine(value, ref, range, theme)),
      ),
    },
  };
}

function lossTraces(
  run: RunSnapshot,
  label: string,
  objective: (typeof objectives)[number],
  theme: Theme,
  opacity: number,
  words: Words,
): ScatterTrace[] {
  const style = methodStyle(run.method, run.lambda, theme);
  const shared = { type: "scatter", name: label, legendgroup: run.runId, ...objective.axes } as const;
  const title = objective.name.toUpperCase();
  const place = ["%{x}", "%{y:.4g}"] as const;
  const train = seen(run.series.trainStep, run.series[objective.train]);
  const evaluated = seen(run.series.step, run.series[objective.name]);
  if (run.start && run.series.step[0] !== 0) {
    evaluated.x.unshift(0);
    evaluated.y.unshift(run.start[objective.name]);
  }
  const traces: ScatterTrace[] = [];
  if (train.x.length > 0)
    traces.push({
      ...shared,
      ...train,
      mode: "lines",
      line: { color: style.color, width: 1 },
      opacity,
      showlegend: false,
      hovertemplate: `<b>${label}</b><br>${words("%1, batch at step %2: %3", title, ...place)}<extra></extra>`,
    });
  traces.push({
    ...shared,
    ...evaluated,
    mode: evaluated.x.length <= mostMarkers ? "lines+markers" : "lines",
    line: { color: style.color, width: 2.25, dash: style.dash },
    marker: { color: style.color, size: 7, symbol: style.symbol },
    showlegend: objective.name === "sft",
    hovertemplate: `<b>${label}</b><br>${words("%1, evaluated at step %2: %3", title, ...place)}<extra></extra>`,
  });
  return traces;
}

function seen(steps: readonly number[], losses: readonly (number | null)[]): { x: number[]; y: number[] } {
  const x: number[] = [];
  const y: number[] = [];
  for (let i = 0; i < steps.length; i++) {
    const loss = losses[i];
    if (!Number.isFinite(loss)) continue;
    x.push(steps[i]!);
    y.push(loss as number);
  }
  return { x, y };
}

function idealsOf(runs: readonly RunSnapshot[], ref: "y" | "y2"): number[] {
  const values = runs.flatMap((run) => (run.ideal ? [run.ideal[ref === "y" ? "sft" : "dpo"]] : []));
  return [...new Map(values.map((value) => [value.toPrecision(4), value])).values()];
}

/** f*, from edge to edge. */
function idealLine(value: number, ref: "y" | "y2", range: readonly [number, number], theme: Theme): Shape {
  return {
    type: "line",
    xref: ref === "y" ? "x" : "x2",
    yref: ref,
    x0: range[0],
    x1: range[1],
    y0: value,
    y1: value,
    line: { color: theme.text, width: 1, dash: "dash" },
    layer: "between",
  };
}
