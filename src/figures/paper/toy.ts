import type { Contours, RunSnapshot } from "../../runs/snapshot.ts";
import { axis, paddedRange } from "../axes.ts";
import { evaluatedPath } from "../gaps.ts";
import { methodLabel } from "../palette.ts";
import type { ContourTrace, Drawn } from "../trace.ts";
import { drawnPath, panelLayout, pathsPanel } from "./objective-space.ts";
import { type PaperFigure, paperPanels, paperTheme } from "./picture.ts";

/** The methods' colours in the paper's Figures 1 and 2. */
export const paperColors: Readonly<Record<string, string>> = {
  sequential: "#3f9b86",
  mix: "#f28e2b",
  alright: "#e0484c",
  maxright: "#3566a8",
};
const otherColor = "#555555";
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
  const bottom = runs.map((run) =>
    pathsPanel([{ name: run.method, color: colorOf(run.method), snapshot: run }], ideal, { x, y }),
  );
  return paperPanels("Figure 2", [...top, ...bottom], { columns: runs.length, height: 230 });
}

const colorOf = (method: string) => paperColors[method] ?? otherColor;

function weightPanel(run: RunSnapshot, contours: Contours, title: string): Drawn {
  const theta = run.series.theta ?? [];
  const x = theta.map((point) => point[0]);
  const y = theta.map((point) => point[1]);
  const rangeX = [Math.min(...contours.x), Math.max(...contours.x)] as const;
  const rangeY = [Math.min(...contours.y), Math.max(...contours.y)] as const;
  const extent = [rangeX[1] - rangeX[0], rangeY[1] - rangeY[0]] as const;
  return {
    traces: [
      contour(contours, "dpo"),
      contour(contours, "sft"),
      ...drawnPath(run.method, colorOf(run.method), x, y, extent),
    ],
    layout: {
      ...panelLayout(title),
      xaxis: axis("θ<sub>1</sub>", paperTheme, { range: rangeX, showgrid: false }),
      yaxis: axis("θ<sub>2</sub>", paperTheme, { range: rangeY, showgrid: false }),
    },
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
