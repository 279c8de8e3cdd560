import { type Fade, fadedPath } from "./fade.ts";
import type { MethodStyle } from "./palette.ts";
import type { Theme } from "./theme.ts";
import type { ScatterTrace } from "./trace.ts";

export interface DrawnPath {
  readonly label: string;
  readonly group: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** What the hover calls `%{customdata}`, by point. */
  readonly steps: readonly (number | readonly number[])[];
  readonly style: MethodStyle;
  readonly theme: Theme;
  readonly pieces: number;
  readonly extent: readonly [number, number];
  /** Templates of the hover's two value lines. */
  readonly hover: string;
  readonly showlegend: boolean;
  readonly axes?: Pick<ScatterTrace, "xaxis" | "yaxis">;
}

/** Runs may end in one place: what is drawn first is larger, so that it still shows around what covers it. */
const endSize: Readonly<Partial<Record<MethodStyle["symbol"], number>>> = {
  diamond: 16,
  cross: 12,
  square: 13,
};

/** Paths first, so that no line runs over the marker of another run's end. */
export function endsLast(traces: readonly ScatterTrace[]): ScatterTrace[] {
  const isEnd = (trace: ScatterTrace) => trace.mode === "lines+markers";
  return [...traces.filter((trace) => !isEnd(trace)), ...traces.filter(isEnd)];
}

/**
 * One run's path: faded pieces, an unseen line that carries the hover, and the marker where the run stands. In one piece
 * the line itself carries the hover.
 */
export function pathTraces(path: DrawnPath): ScatterTrace[] {
  const { label, group, x, y, steps, style, theme, axes } = path;
  const shared = { name: label, legendgroup: group, ...axes };
  const whole = path.pieces === 1;
  const shades: Fade = {
    name: label,
    color: style.color,
    background: theme.background,
    dash: style.dash,
    width: 2.5,
    pieces: path.pieces,
    extent: path.extent,
    more: shared,
  };
  const traces = whole ? [] : fadedPath(x, y, shades);
  if (x.length > 1)
    traces.push({
      ...shared,
      type: "scatter",
      mode: "lines",
      x,
      y,
      customdata: steps,
      line: whole
        ? { color: style.color, width: 2.5, dash: style.dash }
        : { color: "rgba(0,0,0,0)", width: 8 },
      showlegend: false,
      hovertemplate: path.hover,
    });
  if (x.length > 0)
    traces.push({
      ...shared,
      type: "scatter",
      mode: "lines+markers",
      x: [x.at(-1)!],
      y: [y.at(-1)!],
      customdata: [steps.at(-1)!],
      line: { color: style.color, width: 2.5, dash: style.dash },
      marker: {
        color: style.color,
        size: endSize[style.symbol] ?? 13,
        symbol: style.symbol,
        line: { color: theme.background, width: 1 },
      },
      showlegend: path.showlegend,
      hovertemplate: path.hover,
    });
  return traces;
}
