import { mix } from "./color.ts";
import type { Dash, ScatterTrace } from "./trace.ts";

export interface Fade {
  readonly name: string;
  readonly color: string;
  readonly background: string;
  readonly dash: Dash;
  readonly width: number;
  /** How many shades. */
  readonly pieces: number;
  /** Width and height of the plotted range: lengths are compared as they appear. */
  readonly extent: readonly [number, number];
  readonly more?: Partial<ScatterTrace>;
}

/**
 * A path that fades from its start to its end, as consecutive pieces of equal drawn length, each in its own opaque
 * shade: a line has one colour in plotly, and pieces of one length keep dashes readable.
 */
export function fadedPath(x: readonly number[], y: readonly number[], fade: Fade): ScatterTrace[] {
  const length = [0];
  for (let i = 1; i < x.length; i++) {
    const dx = (x[i]! - x[i - 1]!) / (fade.extent[0] || 1);
    const dy = (y[i]! - y[i - 1]!) / (fade.extent[1] || 1);
    length.push(length[i - 1]! + Math.hypot(dx, dy));
  }
  const total = length.at(-1) ?? 0;
  if (!(total > 0)) return [];
  const traces: ScatterTrace[] = [];
  let at: readonly [number, number] = [x[0]!, y[0]!];
  for (let piece = 1, next = 1; piece <= fade.pieces; piece++) {
    const until = (total * piece) / fade.pieces;
    const xs = [at[0]];
    const ys = [at[1]];
    for (; next < x.length && (length[next]! <= until || piece === fade.pieces); next++) {
      xs.push(x[next]!);
      ys.push(y[next]!);
    }
    if (next < x.length) {
      const share = (until - length[next - 1]!) / (length[next]! - length[next - 1]!);
      at = [
        x[next - 1]! + share * (x[next]! - x[next - 1]!),
        y[next - 1]! + share * (y[next]! - y[next - 1]!),
      ];
      xs.push(at[0]);
      ys.push(at[1]);
    }
    const shade = mix(fade.background, fade.color, 0.3 + (0.7 * piece) / fade.pieces);
    traces.push({
      type: "scatter",
      mode: "lines",
      name: fade.name,
      x: xs,
      y: ys,
      line: { color: shade, width: fade.width, dash: fade.dash },
      showlegend: false,
      hoverinfo: "skip",
      ...fade.more,
    });
  }
  return traces;
}
