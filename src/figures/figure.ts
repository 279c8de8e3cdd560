import type { PlotMessage } from "../runs/snapshot.ts";
import type { LayoutOptions } from "./axes.ts";
import { barsFigure } from "./bars.ts";
import { frontFigure } from "./front.ts";
import { gapBars } from "./gaps.ts";
import { plainText } from "./label.ts";
import { lossesFigure } from "./losses.ts";
import { objectiveFigure } from "./objective.ts";
import { overSteps } from "./over-steps.ts";
import type { Overlays } from "./overlays.ts";
import { atStep } from "./replay.ts";
import { type StepViewName, stepViews } from "./step-views.ts";
import type { Theme } from "./theme.ts";
import type { Drawn, Figure, Layout, Trace } from "./trace.ts";
import { viewOrder } from "./views.ts";
import { weightsFigure } from "./weights.ts";
import type { Words } from "./words.ts";

/** What a message may ask for, and what a reader may look at beside. */
export type View = PlotMessage["view"] | StepViewName;

export interface FigureOptions {
  /** Another view of the same message than the one it asks for. */
  readonly view?: View;
  /** In CSS pixels; a narrow figure has its legend below. */
  readonly width?: number;
  /** Laid over objective space; none of them where this is left out. */
  readonly overlays?: Overlays;
  /** The figure as it stood at this step, in the frame of the whole. */
  readonly until?: number;
  /** The figure's own words in the reader's language; English where this is left out. */
  readonly words?: Words;
}

/** Narrower than this, a legend or a second panel beside the plot would leave too little of it. */
const narrowBelow = 560;

const usualHeight = 420;
const stackedHeight = 640;
const legendLine = 19;
const legendColumn = 190;

/** A plot message as plotly traces and layout. Pure; loads nothing. */
export function figure(message: PlotMessage, theme: Theme, options: FigureOptions = {}): Figure {
  const view = options.view ?? message.view;
  const width = options.width ?? 760;
  const narrow = width < narrowBelow;
  const onePanel = view === "objective" || view === "front";
  const place: LayoutOptions = {
    ...(message.title ? { title: plainText(message.title) } : {}),
    legend: onePanel && !narrow ? "beside" : "below",
    narrow,
    ...(options.words ? { words: options.words } : {}),
  };
  const whole = drawnAs(view, message, theme, place, options.overlays);
  const { traces, layout } =
    options.until === undefined
      ? whole
      : inFrame(drawnAs(view, atStep(message, options.until), theme, place, options.overlays), whole);
  // One revision a view: the reader's zoom outlives new data, and does not follow into another view's axes.
  return {
    traces,
    layout: { ...layout, uirevision: `alright-${view}` },
    height: heightOf(traces, layout, width),
  };
}

/** A figure in the axes of another one: a replay must not move them. */
function inFrame({ traces, layout }: Drawn, { layout: frame }: Drawn): Drawn {
  const axes = (["xaxis", "yaxis", "xaxis2", "yaxis2"] as const).flatMap((name) => {
    const [own, whole] = [layout[name], frame[name]];
    return own && whole?.range ? [[name, { ...own, range: whole.range }]] : [];
  });
  return { traces, layout: { ...layout, shapes: frame.shapes ?? [], ...Object.fromEntries(axes) } };
}

/** Room for the panels, and for every line of the legend. */
function heightOf(traces: readonly Trace[], layout: Layout, width: number): number {
  const entries = traces.filter((trace) => trace.showlegend !== false).length;
  const panels = layout.yaxis2?.domain?.[1] === 1 || !layout.yaxis2 ? usualHeight : stackedHeight;
  if (layout.legend.orientation === "v") return Math.max(panels, entries * legendLine + 90);
  const lines = Math.ceil(entries / Math.max(1, Math.floor(width / legendColumn)));
  return panels + Math.max(0, lines - 2) * legendLine;
}

function drawnAs(
  view: View,
  message: PlotMessage,
  theme: Theme,
  layout: LayoutOptions,
  overlays: Overlays = {},
): Drawn {
  const { runs } = message;
  switch (view) {
    case "losses":
      return lossesFigure(runs, theme, layout);
    case "weights":
      if (message.contours) return weightsFigure(runs, message.contours, theme, layout);
      break;
    case "bars": {
      const bars = message.bars ?? gapBars(runs);
      if (bars) return barsFigure(bars, theme, layout);
      break;
    }
    case "front":
      return frontFigure(runs, theme, layout);
    case "objective":
      break;
    default:
      return overSteps(runs, stepViews[view].panels, theme, layout);
  }
  return objectiveFigure(runs, theme, layout, overlays);
}

/** The views that a message has something to show for, its own among them. */
export function viewsOf(message: PlotMessage): View[] {
  const { runs, view } = message;
  const has: Readonly<Record<View, boolean>> = {
    objective: runs.length > 0,
    losses: runs.length > 0,
    weights: message.contours !== undefined && runs.some((run) => run.series.theta?.length),
    bars: message.bars !== undefined || gapBars(runs) !== null,
    front: false,
    gaps: runs.some(stepViews.gaps.has),
    distance: runs.some(stepViews.distance.has),
    logprobs: runs.some(stepViews.logprobs.has),
    steps: runs.some(stepViews.steps.has),
    resources: runs.some(stepViews.resources.has),
  };
  return viewOrder.filter((name) => has[name] || name === view);
}
