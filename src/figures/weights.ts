import type { Contours, RunSnapshot } from "../runs/snapshot.ts";
import { axis, baseLayout, type LayoutOptions, type Place, panelPlaces } from "./axes.ts";
import { mix } from "./color.ts";
import { runLabels } from "./label.ts";
import { methodStyle } from "./palette.ts";
import { endsLast, pathTraces } from "./run-traces.ts";
import type { Theme } from "./theme.ts";
import type { Annotation, ContourTrace, Drawn, Trace } from "./trace.ts";
import { english } from "./words.ts";

const levels = 16;

const sides = [
  { name: "dpo", title: "DPO loss", axes: { xaxis: "x", yaxis: "y" } },
  { name: "sft", title: "SFT loss", axes: { xaxis: "x2", yaxis: "y2" } },
] as const;

/** The toy's paths in weight space, over the contours of both losses side by side (Figure 2, top row). */
export function weightsFigure(
  runs: readonly RunSnapshot[],
  contours: Contours,
  theme: Theme,
  layout: LayoutOptions,
): Drawn {
  const { words = english } = layout;
  const labels = runLabels(runs);
  const x = [Math.min(...contours.x), Math.max(...contours.x)] as const;
  const y = [Math.min(...contours.y), Math.max(...contours.y)] as const;
  const extent = [x[1] - x[0], y[1] - y[0]] as const;
  const traces: Trace[] = sides.map(({ name, axes }) => ({ ...contour(contours, name, theme), ...axes }));
  for (const { name, axes } of sides) {
    const paths = runs.flatMap((run, i) => {
      const theta = run.series.theta ?? [];
      return pathTraces({
        label: labels[i]!,
        group: run.runId,
        x: theta.map((point) => point[0]),
        y: theta.map((point) => point[1]),
        steps: thetaSteps(run, theta.length),
        style: methodStyle(run.method, run.lambda, theme),
        theme,
        pieces: 10,
        extent,
        hover: `<b>${labels[i]}</b><br>${words("step %1", "%{customdata}")}<br>θ = (%{x:.3f}, %{y:.3f})<extra></extra>`,
        showlegend: name === "dpo",
        axes,
      });
    });
    traces.push(...endsLast(paths));
    const start = runs.map((run) => run.series.theta?.[0]).find((theta) => theta);
    if (start)
      traces.push({
        type: "scatter",
        mode: "markers",
        name: words("Start"),
        legendgroup: "start",
        showlegend: name === "dpo",
        x: [start[0]],
        y: [start[1]],
        marker: {
          color: theme.text,
          size: 10,
          symbol: "circle",
          line: { color: theme.background, width: 1 },
        },
        hovertemplate: `<b>${words("Start")}</b><br>θ = (%{x:.3f}, %{y:.3f})<extra></extra>`,
        ...axes,
      });
  }
  const base = baseLayout(theme, layout);
  const [first, second] = panelPlaces(layout);
  return {
    traces,
    layout: {
      ...base,
      margin: { ...base.margin, t: base.margin.t + 18 },
      xaxis: axis("θ<sub>1</sub>", theme, { range: x, domain: first.x, showgrid: false }),
      yaxis: axis("θ<sub>2</sub>", theme, { range: y, domain: first.y, showgrid: false }),
      xaxis2: axis("θ<sub>1</sub>", theme, { range: x, domain: second.x, anchor: "y2", showgrid: false }),
      yaxis2: axis("θ<sub>2</sub>", theme, { range: y, domain: second.y, anchor: "x2", showgrid: false }),
      annotations: sides.map(({ title }, i) =>
        panelTitle(words("%1 (contours of log f)", words(title)), i === 0 ? first : second, theme),
      ),
    },
  };
}

/** The steps of the last `count` evaluated points; one point more than those is the start. */
function thetaSteps(run: RunSnapshot, count: number): number[] {
  const { step } = run.series;
  return Array.from({ length: count }, (_, i) => step[step.length - count + i] ?? 0);
}

/** Levels of log₁₀ f: the losses span decades, and near their floor is where the paths end. */
function contour(contours: Contours, name: "dpo" | "sft", theme: Theme): ContourTrace {
  const z = contours[name].map((row) => row.map((value) => (value > 0 ? Math.log10(value) : null)));
  const values = z.flat().filter((value) => value !== null);
  const start = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const end = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const size = end > start ? (end - start) / levels : 1;
  return {
    type: "contour",
    name: `${name.toUpperCase()} loss`,
    x: contours.x,
    y: contours.y,
    z,
    contours: { start: start + size / 2, end: end - size / 2, size, coloring: "lines" },
    colorscale: [
      [0, mix(theme.background, theme.text, 0.5)],
      [1, mix(theme.background, theme.text, 0.14)],
    ],
    line: { width: 1 },
    showscale: false,
    showlegend: false,
    hoverinfo: "skip",
  };
}

function panelTitle(text: string, at: Place, theme: Theme): Annotation {
  return {
    text,
    xref: "paper",
    yref: "paper",
    x: (at.x[0] + at.x[1]) / 2,
    y: at.y[1] + 0.015,
    xanchor: "center",
    yanchor: "bottom",
    showarrow: false,
    font: { size: 13, color: theme.text },
  };
}
