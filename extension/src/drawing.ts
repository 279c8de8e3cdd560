/** Loaded with the first plot: the message's schema, the figures, and plotly. */
import Plotly, { type PlotlyNode } from "plotly.js-basic-dist-min";
import { withContourLines } from "../../src/figures/contour-lines.ts";
import { type FigureOptions, figure, type View } from "../../src/figures/figure.ts";
import { frameOf } from "../../src/figures/moved.ts";
import { type Theme, themes } from "../../src/figures/theme.ts";
import type { Layout, Trace } from "../../src/figures/trace.ts";
import type { PlotMessage } from "../../src/runs/snapshot.ts";
import { type Movable, move } from "./moving.ts";

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

/** A figure as it was last drawn at a node. */
interface Shown {
  readonly view: View;
  readonly frame: string | null;
  readonly traces: readonly NamedTrace[];
  readonly layout: Layout;
  readonly options: DrawOptions;
  readonly height: number;
  /** Whether lines were moved without plotly's knowledge. */
  readonly moved: boolean;
}
const shown = new WeakMap<HTMLElement, Shown>();

export async function draw(
  node: HTMLElement,
  message: PlotMessage,
  theme: Theme,
  options: DrawOptions,
): Promise<void> {
  const before = shown.get(node);
  const drawn = figure(message, theme, options);
  const { height } = drawn;
  const { view, width } = options;
  const layout =
    before?.view === view ? heldRanges(node as PlotlyNode, before.layout, drawn.layout) : drawn.layout;
  const traces = named(drawn.traces);
  const frame = frameOf({ ...drawn, layout });
  const next = { view, frame: frame && `${width} ${frame}`, traces, layout, options, height, moved: false };
  // Plotly answers to the pointer and the keys from its own drawings.
  const quick = next.frame !== null && next.frame === before?.frame && !attended(node);
  if (quick && move(node as PlotlyNode, before.traces as Movable[], traces as Movable[])) {
    shown.set(node, { ...next, moved: true });
    return;
  }
  await render(node, next);
}

async function render(node: HTMLElement, next: Shown): Promise<void> {
  const before = shown.get(node);
  if (!before) for (const event of ["pointerenter", "focusin"]) node.addEventListener(event, settle);
  node.style.height = `${next.height}px`;
  // From one set of axes to another plotly starts afresh: it loses track of the layers of axes that come or go.
  if (before && before.view !== next.view) Plotly.purge(node); // and with it what listened to it
  shown.set(node, next);
  const { options, layout, height, traces } = next;
  await Plotly.react(
    node,
    traces,
    { ...structuredClone(layout), width: options.width, height }, // plotly writes a reader's zoom into its own
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

function attended(node: HTMLElement): boolean {
  return node.matches(":hover") || node.contains(document.activeElement);
}

/** Tells plotly where its lines are by now, as somebody comes to point at them. */
function settle({ currentTarget }: Event): void {
  const node = currentTarget as HTMLElement;
  const last = shown.get(node);
  if (last?.moved) void render(node, { ...last, moved: false });
}

/**
 * The layout with the ranges that were given before, on every axis that the reader has zoomed since: plotly keeps a zoom only
 * while the range below it stays as it was.
 */
function heldRanges(node: PlotlyNode, given: Layout, wanted: Layout): Layout {
  const held = (["xaxis", "yaxis", "xaxis2", "yaxis2"] as const).flatMap((name) => {
    const [before, now] = [given[name], wanted[name]];
    const seen = node._fullLayout?.[name]?.range;
    if (!before?.range || !now || !seen) return [];
    const slack = 1e-9 * Math.abs(before.range[1] - before.range[0]);
    const zoomed = before.range.some((end, i) => Math.abs(end - seen[i]!) > slack);
    return zoomed ? [[name, { ...now, range: before.range }]] : [];
  });
  return held.length > 0 ? { ...wanted, ...Object.fromEntries(held) } : wanted;
}

type NamedTrace = ReturnType<typeof withContourLines>[number] & { readonly uid: string };

/** Plotly finds a trace again by its uid: what the reader hid in the legend stays hidden when runs join. */
function named(traces: readonly Trace[]): NamedTrace[] {
  const count = new Map<string, number>();
  return withContourLines(traces).map((trace) => {
    const group = `${trace.legendgroup ?? trace.name}/${trace.xaxis ?? "x"}`;
    const index = count.get(group) ?? 0;
    count.set(group, index + 1);
    return { ...trace, uid: identifier(`${group}/${index}`) };
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
  shown.delete(node);
  Plotly.purge(node);
}
