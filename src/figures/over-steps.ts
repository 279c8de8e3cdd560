import type { RunSnapshot } from "../runs/snapshot.ts";
import { axis, baseLayout, type LayoutOptions, paddedRange, panelPlaces, steadyRange } from "./axes.ts";
import { runLabels } from "./label.ts";
import { type MethodStyle, methodStyle } from "./palette.ts";
import type { Theme } from "./theme.ts";
import type { Dash, Drawn, ScatterTrace, Shape } from "./trace.ts";
import { english, type Words } from "./words.ts";

/** One line of one run over its steps. */
export interface Curve {
  readonly x: readonly number[];
  readonly y: readonly (number | null | undefined)[];
  /** What a hover calls the value. */
  readonly what: string;
  /** Other than the method's. */
  readonly dash?: Dash;
  /** Without markers even where there are few points. */
  readonly bare?: boolean;
  /** Dots, and no line. */
  readonly dots?: boolean;
  /** What the hover shows in place of `y`. */
  readonly shown?: readonly (number | null)[];
}

/** One pair of axes over the steps of all runs. */
export interface StepPanel {
  /** In English, as `what`: the figure has them translated. */
  readonly title: string;
  /** @param at the run's place among `of` runs, from 0 */
  readonly curves: (run: RunSnapshot, at: number, of: number) => readonly Curve[];
  /** The whole of what is possible, where that is what the axis should show. */
  readonly range?: readonly [number, number];
  /** A dashed line from edge to edge. */
  readonly level?: number;
}

/** Beyond this, points are a line without markers (a marker each makes drawing an order slower). */
const mostMarkers = 40;
const sides = [
  { xaxis: "x", yaxis: "y" },
  { xaxis: "x2", yaxis: "y2" },
] as const;

/** Values over steps, one panel or two side by side; every run once in the legend. */
export function overSteps(
  runs: readonly RunSnapshot[],
  panels: readonly [StepPanel] | readonly [StepPanel, StepPanel],
  theme: Theme,
  layout: LayoutOptions,
): Drawn {
  const { words = english } = layout;
  const labels = runLabels(runs);
  const traces = runs.flatMap((run, i) => {
    const style = methodStyle(run.method, run.lambda, theme);
    const drawn = panels.flatMap((panel, p) =>
      panel
        .curves(run, i, runs.length)
        .map((curve) => ({ ...trace(curve, labels[i]!, run.runId, style, words), ...sides[p]! })),
    );
    return drawn.map((one, at) => ({ ...one, showlegend: at === 0 }));
  });
  const last = Math.max(1, ...runs.map((run) => Math.max(run.step, run.series.step.at(-1) ?? 0)));
  const range = steadyRange([-0.02 * last, 1.02 * last]);
  const [first, second] = panels.length === 2 ? panelPlaces(layout) : [{ x: [0, 1], y: [0, 1] } as const];
  const y = ({ range: whole, level }: StepPanel, p: number) =>
    whole ??
    steadyRange(
      paddedRange(
        traces
          .flatMap((one) => (one.yaxis === sides[p]!.yaxis ? one.y : []))
          .concat(level === undefined ? [] : [level]),
        0.05,
      ),
    );
  return {
    traces,
    layout: {
      ...baseLayout(theme, layout),
      xaxis: axis(words("Step"), theme, { range, domain: first.x }),
      yaxis: axis(words(panels[0].title), theme, { range: y(panels[0], 0), domain: first.y }),
      ...(panels[1] && second
        ? {
            xaxis2: axis(words("Step"), theme, { range, domain: second.x, anchor: "y2" }),
            yaxis2: axis(words(panels[1].title), theme, {
              range: y(panels[1], 1),
              domain: second.y,
              anchor: "x2",
            }),
          }
        : {}),
      shapes: panels.flatMap(({ level }, p) =>
        level === undefined ? [] : [levelLine(level, p, range, theme)],
      ),
    },
  };
}

function trace(curve: Curve, label: string, group: string, style: MethodStyle, words: Words): ScatterTrace {
  const x: number[] = [];
  const y: number[] = [];
  const shown: number[] = [];
  curve.x.forEach((step, i) => {
    const value = curve.y[i];
    if (typeof value !== "number" || !Number.isFinite(value)) return;
    x.push(step);
    y.push(value);
    shown.push(curve.shown?.[i] ?? value);
  });
  const marked = !curve.bare && x.length <= mostMarkers;
  const value = curve.shown ? "%{customdata:.4g}" : "%{y:.4g}";
  return {
    type: "scatter",
    name: label,
    legendgroup: group,
    x,
    y,
    mode: curve.dots ? "markers" : marked ? "lines+markers" : "lines",
    line: { color: style.color, width: 2.25, dash: curve.dash ?? style.dash },
    marker: { color: style.color, size: curve.dots ? 4 : 7, symbol: curve.dots ? "circle" : style.symbol },
    ...(curve.shown ? { customdata: shown } : {}),
    hovertemplate: `<b>${label}</b><br>${words("step %1", "%{x}")}<br>${words(curve.what)} ${value}<extra></extra>`,
  };
}

function levelLine(value: number, panel: number, range: readonly [number, number], theme: Theme): Shape {
  return {
    type: "line",
    xref: sides[panel]!.xaxis,
    yref: sides[panel]!.yaxis,
    x0: range[0],
    x1: range[1],
    y0: value,
    y1: value,
    line: { color: theme.text, width: 1, dash: "dash" },
    layer: "between",
  };
}
