/** Loaded with the first plot: the message's schema, the figures, and plotly. */
import Plotly, { type PlotlyNode } from "plotly.js-basic-dist-min";
import { withContourLines } from "../../src/figures/contour-lines.ts";
import { type FigureOptions, figure, type View } from "../../src/figures/figure.ts";
import { type Theme, themes } from "../../src/figures/theme.ts";
import type { PlotMessage } from "../../src/runs/snapshot.ts";

export { viewsOf } from "../../src/figures/figure.ts";
export { runLabels } from "../../src/figures/label.ts";
export { lastStep } from "../../src/figures/replay.ts";
export { runTable } from "../../src/figures/run-table.ts";
export { summaryText } from "../../src/figures/summary.ts";
export { themes } from "../../src/figures/theme.ts";
export { readMessage } from "./message.ts";

export interface DrawOptions extends FigureOptions {
  readonly view: View;
  readonly width: number;
  /** Someone clicked on a run's path. */
  readonly onRun: (runId: string) => void;
}

export async function draw(
  node: HTMLElement,
  message: PlotMessage,
  theme: Theme,
  options: DrawOptions,
): Promise<void> {
  const { traces, layout, height } = figure(message, theme, options);
  node.style.height = `${height}px`;
  // From one set of axes or width to another plotly starts afresh: it loses track of the layers of axes that come or go,
  // and keeps the margins that a narrower figure needed.
  const axes = `${options.view}/${layout.xaxis2?.domain?.join() ?? ""}/${options.width}`;
  if (node.dataset.axes !== axes) Plotly.purge(node); // and with it what listened to it
  node.dataset.axes = axes;
  const count = new Map<string, number>();
  // Plotly finds a trace again by its uid: what the reader hid in the legend stays hidden when runs join.
  const named = withContourLines(traces).map((trace) => {
    const group = `${trace.legendgroup ?? trace.name}/${trace.xaxis ?? "x"}`;
    const index = count.get(group) ?? 0;
    count.set(group, index + 1);
    return { ...trace, uid: identifier(`${group}/${index}`) };
  });
  await Plotly.react(
    node,
    named,
    { ...layout, width: options.width, height },
    {
      displaylogo: false,
      showSendToCloud: false,
      responsive: false,
      modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
      toImageButtonOptions: { filename: "alright", scale: 2 },
    },
  );
  // The view says in words what these show.
  for (const layer of node.querySelectorAll("svg.main-svg")) layer.setAttribute("aria-hidden", "true");
  const plot = node as PlotlyNode;
  plot.removeAllListeners("plotly_click");
  plot.on("plotly_click", ({ points: [point] }) => {
    if (point?.data.legendgroup) options.onRun(point.data.legendgroup);
  });
}

/** The message's figure as PNG in base64, of the size that the kernel's own pictures have. */
export async function picture(
  message: PlotMessage,
  size: { width: number; height: number },
): Promise<string> {
  const { traces, layout } = figure(message, themes.light, { width: size.width });
  const address = await Plotly.toImage(
    { data: withContourLines(traces), layout },
    { format: "png", ...size, scale: 2 },
  );
  return address.replace(/^data:image\/png;base64,/, "");
}

/** Plotly puts uids into selectors, and run ids are whatever a message says. */
function identifier(text: string): string {
  return `t${[...text].map((character) => character.codePointAt(0)!.toString(36)).join("-")}`;
}

export function purge(node: HTMLElement): void {
  Plotly.purge(node);
}
