import type { RunSnapshot } from "../runs/snapshot.ts";
import { axis, baseLayout, type LayoutOptions, paddedRange, steadyRange } from "./axes.ts";
import { evaluatedPath, type Loss, optimalityGaps, type Path } from "./gaps.ts";
import { runLabels } from "./label.ts";
import { frontTraces, lambdaTraces, type Overlays } from "./overlays.ts";
import { methodStyle } from "./palette.ts";
import { endsLast, pathTraces } from "./run-traces.ts";
import type { Theme } from "./theme.ts";
import type { Annotation, Drawn, ScatterTrace, Shape } from "./trace.ts";
import { english, type Words } from "./words.ts";

export const axisTitles = { sft: "SFT loss  f<sub>SFT</sub>", dpo: "DPO loss  f<sub>DPO</sub>" } as const;

const idealColor = { light: "#8a8400", dark: "#c8c05a" } as const;

/** What can be told apart on a screen, and drawn ten times a second: points of all paths together. */
const mostPoints = 4000;
const fewestPoints = 60;

/** Every 2nd, 3rd, … point of a long path, its start and its end among them. */
function thinned(path: Path, most: number): Path {
  const { length } = path.steps;
  if (length <= most) return path;
  const stride = Math.ceil(length / most);
  const keep = <T>(values: readonly T[]) => values.filter((_, i) => i % stride === 0 || i === length - 1);
  return { steps: keep(path.steps), dpo: keep(path.dpo), sft: keep(path.sft), index: keep(path.index) };
}

/** Objective space: every run's path from the start dot towards the ideal point (x = f_SFT, y = f_DPO). */
export function objectiveFigure(
  runs: readonly RunSnapshot[],
  theme: Theme,
  layout: LayoutOptions,
  overlays: Overlays = {},
): Drawn {
  const { words = english } = layout;
  const labels = runLabels(runs);
  const most = Math.max(fewestPoints, Math.floor(mostPoints / Math.max(1, runs.length)));
  const paths = runs.map((run) => thinned(evaluatedPath(run), most));
  const ideals = distinct(runs.map((run) => run.ideal));
  const starts = distinct(paths.map((path) => point(path.dpo[0], path.sft[0], path.steps[0])));
  const x = steadyRange(
    paddedRange([...paths.flatMap((path) => path.sft), ...ideals.map((ideal) => ideal.sft)], 0.05),
  );
  const y = steadyRange(
    paddedRange([...paths.flatMap((path) => path.dpo), ...ideals.map((ideal) => ideal.dpo)], 0.05),
  );
  const extent = [x[1] - x[0], y[1] - y[0]] as const;
  // A shade is a trace of its own, and drawing takes about 1 ms a trace: many runs fade once they stand still.
  const going = runs.some(({ state }) => state === "running" || state === "preparing");
  const pieces = runs.length <= 8 ? 12 : going ? 1 : 6;

  const drawn = paths.flatMap((path, i) =>
    pathTraces({
      label: labels[i]!,
      group: runs[i]!.runId,
      x: path.sft,
      y: path.dpo,
      steps: hoverData(path, runs[i]!.ideal),
      style: methodStyle(runs[i]!.method, runs[i]!.lambda, theme),
      theme,
      pieces,
      extent,
      hover: hoverText(labels[i]!, runs[i]!.ideal, words),
      showlegend: true,
    }),
  );
  const traces = [
    ...(overlays.front ? frontTraces(runs, theme, words) : []),
    ...(overlays.lambdas ? lambdaTraces(runs, theme, x, y, words) : []),
    ...endsLast(drawn),
  ];
  traces.push(...runs.flatMap((run, i) => steeredTrace(run, labels[i]!, theme, words)));
  traces.push(...special(words("Start"), starts, theme, { symbol: "circle", size: 10 }));
  traces.push(...special(words("Ideal point"), ideals, theme, { symbol: "star", size: 16 }));

  return {
    traces,
    layout: {
      ...baseLayout(theme, layout),
      xaxis: axis(words(axisTitles.sft), theme, { range: x }),
      yaxis: axis(words(axisTitles.dpo), theme, { range: y }),
      shapes: ideals.flatMap((ideal) => idealLines(ideal, x[1], y[1], theme)),
      annotations: paths.some((path) => path.steps.length > 0) ? [] : [notYet(theme, words)],
    },
  };
}

/** The dashed lines that leave the ideal point along both axes: no run ends beyond them by training alone. */
function idealLines(ideal: Loss, right: number, top: number, theme: Theme): Shape[] {
  const line = { color: idealColor[theme.kind], width: 2, dash: "dash" } as const;
  const shared = { type: "line", xref: "x", yref: "y", line, layer: "between" } as const;
  return [
    { ...shared, x0: ideal.sft, x1: right, y0: ideal.dpo, y1: ideal.dpo },
    { ...shared, x0: ideal.sft, x1: ideal.sft, y0: ideal.dpo, y1: top },
  ];
}

/** Step and both gaps by point. */
function hoverData({ steps, dpo, sft }: Path, ideal: Loss | null): (number | number[])[] {
  if (!ideal) return steps;
  return steps.map((step, i) => {
    const gaps = optimalityGaps({ dpo: dpo[i]!, sft: sft[i]! }, ideal);
    return [step, gaps.sft, gaps.dpo];
  });
}

function hoverText(label: string, ideal: Loss | null, words: Words): string {
  const lines = ideal
    ? [
        words("step %1", "%{customdata[0]}"),
        words("SFT %1, gap %2", "%{x:.4g}", "%{customdata[1]:.3g}"),
        words("DPO %1, gap %2", "%{y:.4g}", "%{customdata[2]:.3g}"),
      ]
    : [words("step %1", "%{customdata}"), "SFT %{x:.4g}", "DPO %{y:.4g}"];
  return `<b>${label}</b><br>${lines.join("<br>")}<extra></extra>`;
}

/** What a plot says before its first point. */
function notYet(theme: Theme, words: Words): Annotation {
  return {
    text: words("No evaluated losses yet"),
    xref: "paper",
    yref: "paper",
    x: 0.5,
    y: 0.5,
    xanchor: "center",
    yanchor: "middle",
    showarrow: false,
    font: { size: 14, color: theme.text },
  };
}

function special(
  name: string,
  points: readonly Loss[],
  theme: Theme,
  marker: { symbol: "circle" | "star"; size: number },
): ScatterTrace[] {
  if (points.length === 0) return [];
  return [
    {
      type: "scatter",
      mode: "markers",
      name,
      x: points.map((p) => p.sft),
      y: points.map((p) => p.dpo),
      marker: { ...marker, color: theme.text, line: { color: theme.background, width: 1 } },
      hovertemplate: `<b>${name}</b><br>SFT %{x:.4g}<br>DPO %{y:.4g}<extra></extra>`,
    },
  ];
}

/** Small rings where λ was steered. */
function steeredTrace(run: RunSnapshot, label: string, theme: Theme, words: Words): ScatterTrace[] {
  const path = evaluatedPath(run);
  const points = run.steered.flatMap(({ step, lambda }) => {
    const i = path.steps.findIndex((at) => at >= step);
    return i < 0
      ? []
      : [{ x: path.sft[i]!, y: path.dpo[i]!, text: words("λ → %1 at step %2", lambda, step) }];
  });
  if (points.length === 0) return [];
  return [
    {
      type: "scatter",
      mode: "markers",
      name: label,
      legendgroup: run.runId,
      showlegend: false,
      x: points.map((p) => p.x),
      y: points.map((p) => p.y),
      customdata: points.map((p) => p.text),
      marker: {
        color: theme.background,
        size: 8,
        symbol: "circle",
        line: { color: methodStyle(run.method, run.lambda, theme).color, width: 2 },
      },
      hovertemplate: `<b>${label}</b><br>%{customdata}<extra></extra>`,
    },
  ];
}

function point(dpo?: number, sft?: number, step?: number): Loss | null {
  return step === 0 && dpo !== undefined && sft !== undefined ? { dpo, sft } : null;
}

/** Points that would not be drawn over each other: equal to 4 digits counts as the same. */
function distinct(points: readonly (Loss | null)[]): Loss[] {
  const seen = new Map<string, Loss>();
  for (const p of points) if (p) seen.set(`${p.dpo.toPrecision(4)} ${p.sft.toPrecision(4)}`, p);
  return [...seen.values()];
}
