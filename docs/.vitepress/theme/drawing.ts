/** Loaded with the first live figure: the library's figures, and plotly. */
import Plotly from "plotly.js-basic-dist-min";
import { withContourLines } from "../../../src/figures/contour-lines.ts";
import { type FigureOptions, figure } from "../../../src/figures/figure.ts";
import { type ThemeName, themes } from "../../../src/figures/theme.ts";
import type { PlotMessage } from "../../../src/runs/snapshot.ts";

export { viewsOf } from "../../../src/figures/figure.ts";
export { lastStep } from "../../../src/figures/replay.ts";

/** Draws a message in a node, in the site's own letters and background. */
export async function draw(node: HTMLElement, message: PlotMessage, name: ThemeName, options: FigureOptions) {
  const style = getComputedStyle(node);
  const background = name === "dark" ? "#1b1b1f" : "#ffffff";
  const theme = { ...themes[name], background, fontFamily: style.fontFamily };
  const { traces, layout, height } = figure(message, theme, options);
  node.style.height = `${height}px`;
  // As in the extension: plotly keeps margins and layers of axes that another width or view had.
  const axes = `${options.view}/${options.width}`;
  if (node.dataset.axes !== axes) Plotly.purge(node);
  node.dataset.axes = axes;
  await Plotly.react(
    node,
    withContourLines(traces),
    { ...layout, width: options.width, height },
    { displaylogo: false, displayModeBar: false, responsive: false },
  );
}

export function purgeFigure(node: HTMLElement) {
  Plotly.purge(node);
}
