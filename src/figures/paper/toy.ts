import type { Contours, RunSnapshot } from "../../runs/snapshot.ts";
import { axis, baseLayout, paddedRange } from "../axes.ts";
import { fadedPath } from "../fade.ts";
import { evaluatedPath } from "../gaps.ts";
import { methodLabel } from "../palette.ts";
import type { ContourTrace, Drawn, ScatterTrace, Shape } from "../trace.ts";
import { type PaperFigure, paperPanels, paperTheme } from "./picture.ts";

/** The methods' colours in the paper's Figures 1 and 2, and the pale yellow that every path fades from. */
export const paperColors: Readonly<Record<string, string>> = {
  sequential: "#3f9b86",
  mix: "#f28e2b",
  alright: "#e0484c",
  maxright: "#3566a8",
};
const pale = "#fff59a";
const idealLine = "#b8b400";
/** The contours of f_DPO and of f_SFT, from low to high. */
const contourColors = { dpo: ["#7d5ba6", "#ddd0ec"], sft: ["#3d8f5f", "#cbe5d5"] } as const;
const levels = 10;

/**
 * Figure 2: one column a method, (a) Sequential, (b) ALRIGHT, (c) MAXRIGHT in the paper. Top: the path in weight space over both losses'
 * contours. Bottom: the path in loss space with the ideal point.
 *
 * @param runs snapshots of toy runs, in the order of the columns
 * @param ideal (f*_DPO, f*_SFT); the toy's infima are 0
 */
export function toyFigure(
  runs: readonly RunSnapshot[],
  contours: Contours,
  ideal: { readonly dpo: number; readonly sft: number } = { dpo: 0, sft: 0 },
): PaperFigure {
  const paths = runs.map(evaluatedPath);
  const x = paddedRange([...paths.flatMap((path) => path.sft), ideal.sft]);
  const y = paddedRange([...paths.flatMap((path) => path.dpo), ideal.dpo]);
  const top = runs.map((run, i) =>
    weightPanel(run, contours, `(${"abcdefgh"[i]}) ${methodLabel(run.method)}`),
  );
  const bottom = runs.map((run, i) => lossPanel(run.method, paths[i]!, ideal, x, y));
  return paperPanels("Figure 2", [...top, ...bottom], { columns: runs.length, height: 230 });
}

function weightPanel(run: RunSnapshot, contours: Contours, title: string): Drawn {
  const theta = run.series.theta ?? [];
  const x = theta.map((point) => point[0]);
  const y = theta.map((point) => point[1]);
  const rangeX = [Math.min(...contours.x), Math.max(...contours.x)] as const;
  const rangeY = [Math.min(...contours.y), Math.max(...contours.y)] as const;
  const extent = [rangeX[1] - rangeX[0], rangeY[1] - rangeY[0]] as const;
  return {
    traces: [contour(contours, "dpo"), contour(contours, "sft"), ...drawnPath(run.method, x, y, extent)],
    layout: {
      ...layout(title),
      xaxis: axis("θ<sub>1</sub>", paperTheme, { range: rangeX, showgrid: false }),
      yaxis: axis("θ<sub>2</sub>", paperTheme, { range: rangeY, showgrid: false }),
    },
  };
}

function lossPanel(
  method: string,
  path: ReturnType<typeof evaluatedPath>,
  ideal: { readonly dpo: number; readonly sft: number },
  x: readonly [number, number],
  y: readonly [number, number],
): Drawn {
  const line = { color: idealLine, width: 1.5, dash: "dash" } as const;
  const shared = { type: "line", xref: "x", yref: "y", line, layer: "between" } as const;
  const shapes: Shape[] = [
    { ...shared, x0: ideal.sft, x1: x[1], y0: ideal.dpo, y1: ideal.dpo },
    { ...shared, x0: ideal.sft, x1: ideal.sft, y0: ideal.dpo, y1: y[1] },
  ];
  return {
    traces: [
      ...drawnPath(method, path.sft, path.dpo, [x[1] - x[0], y[1] - y[0]]),
      point("Ideal point", ideal.sft, ideal.dpo, "#000000", "star", 12),
    ],
    layout: {
      ...layout(),
      shapes,
      xaxis: axis("f<sub>SFT</sub>(θ)", paperTheme, { range: x }),
      yaxis: axis("f<sub>DPO</sub>(θ)", paperTheme, { range: y }),
    },
  };
}

/** The faded path, a black dot where it starts and a coloured star where it ends. */
function drawnPath(
  method: string,
  x: readonly number[],
  y: readonly number[],
  extent: readonly [number, number],
): ScatterTrace[] {
  if (x.length === 0) return [];
  const color = paperColors[method] ?? "#555555";
  return [
    ...fadedPath(x, y, {
      name: method,
      color,
      background: pale,
      dash: "solid",
      width: 3,
      pieces: 24,
      extent,
    }),
    point("Start", x[0]!, y[0]!, "#000000", "circle", 7),
    point(method, x.at(-1)!, y.at(-1)!, color, "star", 14),
  ];
}

function point(
  name: string,
  x: number,
  y: number,
  color: string,
  symbol: "circle" | "star",
  size: number,
): ScatterTrace {
  const line = { color: "#000000", width: 0.8 };
  return {
    type: "scatter",
    mode: "markers",
    name,
    x: [x],
    y: [y],
    marker: { color, size, symbol, line },
    showlegend: false,
  };
}

/** Levels of log₁₀ f, as the losses span decades. */
function contour(contours: Contours, objective: "dpo" | "sft"): ContourTrace {
  const z = contours[objective].map((row) => row.map((value) => (value > 0 ? Math.log10(value) : null)));
  const values = z.flat().filter((value) => value !== null);
  const [start, end] = [Math.min(...values), Math.max(...values)];
  const size = (end - start) / levels;
  return {
    type: "contour",
    name: objective,
    x: contours.x,
    y: contours.y,
    z,
    contours: { start: start + size / 2, end: end - size / 2, size, coloring: "lines" },
    colorscale: contourColors[objective].map((color, i) => [i, color] as const),
    line: { width: 1 },
    showscale: false,
    showlegend: false,
    hoverinfo: "skip",
  };
}

function layout(title?: string) {
  return {
    ...baseLayout(paperTheme, { legend: "below", narrow: false, ...(title ? { title } : {}) }),
    ...(title ? { title: { text: title, font: { size: 12 } } } : {}),
    font: { family: paperTheme.fontFamily, size: 10, color: paperTheme.text },
    margin: { l: 40, r: 10, t: title ? 34 : 10, b: 30 },
    showlegend: false,
  };
}
