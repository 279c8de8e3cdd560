import { mix } from "./color.ts";
import { isolines } from "./static/isolines.ts";
import type { ContourTrace, ScatterTrace, Trace } from "./trace.ts";

/** A line with gaps, as plotly takes it: `null` between two strokes. */
export type GappedTrace = Omit<ScatterTrace, "x" | "y"> & {
  readonly x: readonly (number | null)[];
  readonly y: readonly (number | null)[];
};

/** The level lines of a contour trace, one trace a level: plotly's smallest bundle draws lines, and no contours. */
export function contourLines(trace: ContourTrace): GappedTrace[] {
  const { start, end, size } = trace.contours;
  const [low, high] = [trace.colorscale[0]![1], trace.colorscale.at(-1)![1]];
  const count = Math.min(200, Math.floor((end - start) / size + 1e-6) + 1);
  return Array.from({ length: Math.max(0, count) }, (_, i): GappedTrace => {
    const segments = isolines(trace.x, trace.y, trace.z, start + i * size);
    return {
      type: "scatter",
      mode: "lines",
      name: trace.name,
      x: segments.flatMap(([x0, , x1]) => [x0, x1, null]),
      y: segments.flatMap(([, y0, , y1]) => [y0, y1, null]),
      line: { color: mix(low, high, count > 1 ? i / (count - 1) : 0), width: trace.line.width },
      showlegend: false,
      hoverinfo: "skip",
      ...(trace.xaxis ? { xaxis: trace.xaxis } : {}),
      ...(trace.yaxis ? { yaxis: trace.yaxis } : {}),
    };
  });
}

/** A figure's traces without contours; each contour's lines are made once, however often it is drawn. */
export function withContourLines(traces: readonly Trace[]): DrawnTrace[] {
  return traces.flatMap((trace): readonly DrawnTrace[] =>
    trace.type === "contour" ? remembered(trace) : [trace],
  );
}

type DrawnTrace = Exclude<Trace, ContourTrace> | GappedTrace;

/** By the values that the lines follow from: themes change, and so do the two losses. */
const lines = new Map<string, GappedTrace[]>();
const mostRemembered = 8;

function remembered(trace: ContourTrace): GappedTrace[] {
  const { x, y, z, contours, colorscale, xaxis = "x" } = trace;
  const sample = [x.length, y.length, x[0], y[0], x.at(-1), y.at(-1), ...(z[z.length >> 1] ?? [])];
  const key = JSON.stringify([xaxis, contours, colorscale, sample]);
  const known = lines.get(key) ?? contourLines(trace);
  lines.delete(key);
  lines.set(key, known);
  if (lines.size > mostRemembered) lines.delete(lines.keys().next().value!);
  return known;
}
