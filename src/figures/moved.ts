import type { Figure, ScatterTrace } from "./trace.ts";

/**
 * All of a figure but where its points are, and what a hover says of them: two figures with the same frame differ in nothing else, so that the second
 * one can be had from the drawn first one by moving its lines and markers.
 *
 * @returns null where a figure has something that can't be moved: bars, contours, many markers
 */
export function frameOf({ traces, layout, height }: Figure): string | null {
  const frames: unknown[] = [];
  for (const trace of traces) {
    if (trace.type !== "scatter" || trace.x.length === 0) return null;
    const { x, y, customdata, hovertemplate, name, ...rest } = trace;
    if (trace.mode !== "lines" && x.length > mostMarkers) return null;
    // A line has a path from its first point on; each marker is an element. In a legend, only a name of one length keeps its room.
    frames.push([rest, trace.mode === "lines" ? 0 : x.length, rest.showlegend === false ? "" : shape(name)]);
  }
  return JSON.stringify([frames, layout, height]);
}

/** More markers than this are as well drawn anew. */
const mostMarkers = 100;

/** A number takes its room whatever its digits are; other letters do not. */
function shape(name: string): string {
  return name.replaceAll(/\d/g, "0");
}

/** An SVG path through a trace's points, given where its values are in pixels; equal neighbours once. */
export function pathThrough(
  { x, y, fill }: ScatterTrace,
  across: (value: number) => number,
  down: (value: number) => number,
): string {
  let path = "";
  let [lastX, lastY] = [Number.NaN, Number.NaN];
  for (let i = 0; i < x.length; i++) {
    const [left, top] = [tenths(across(x[i]!)), tenths(down(y[i]!))];
    if (left === lastX && top === lastY) continue;
    path += `${path ? "L" : "M"}${left},${top}`;
    [lastX, lastY] = [left, top];
  }
  return fill ? `${path}Z` : path;
}

/** A tenth of a pixel is less than anybody sees. */
export function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
