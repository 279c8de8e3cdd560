import type { Layout, Trace } from "../trace.ts";
import { barColor, isDrawn, patternId, strokeOf } from "./marks.ts";
import { svgMarker } from "./symbols.ts";
import { escapeXml, round, svgText, textWidth } from "./text.ts";

const key = 34;
const space = 8;
/** Between two lines, and the smallest letters, in pixels. */
const between = 7;
const smallest = 9;

export interface Legend {
  readonly width: number;
  readonly height: number;
  /** Drawn with its upper left corner at (x, y). */
  draw(x: number, y: number): string;
}

/** A legend in one column, or in rows as wide as the room; where the room is too low, letters shrink, then names go. */
export function legendOf(
  traces: readonly Trace[],
  layout: Layout,
  room: { readonly width: number; readonly height: number },
): Legend | null {
  const all = traces.filter((trace) => {
    return (
      trace.showlegend !== false && (trace.type !== "scatter" || isDrawn(trace)) && trace.type !== "contour"
    );
  });
  if (!layout.showlegend || all.length === 0) return null;
  const usual = layout.legend.font.size;
  const column = layout.legend.orientation === "v";
  const size = column
    ? Math.max(smallest, Math.min(usual, Math.floor(room.height / all.length) - between))
    : usual;
  const line = size + between;
  const widest = Math.max(...all.map((trace) => key + space + textWidth(trace.name, size) + 14));
  const columns = column ? 1 : Math.max(1, Math.min(all.length, Math.floor(room.width / widest)));
  const lines = Math.max(1, Math.floor(room.height / line));
  const fits = all.length <= lines * columns;
  const entries = fits ? all : all.slice(0, lines * columns - 1);
  const more = fits ? [] : [`… and ${all.length - entries.length} more`];
  const rows = Math.ceil((entries.length + more.length) / columns);
  return {
    width: columns * widest,
    height: rows * line,
    draw(x, y) {
      return [...entries.map((trace) => trace.name), ...more]
        .map((name, i) => {
          const left = x + (i % columns) * widest;
          const middle = y + (Math.floor(i / columns) + 0.5) * line;
          const style = { size, color: layout.font.color };
          const text = svgText(name, left + key + space, middle + size * 0.36, style);
          return (entries[i] ? keyOf(entries[i], left, middle) : "") + text;
        })
        .join("");
    },
  };
}

function keyOf(trace: Trace, x: number, y: number): string {
  if (trace.type === "bar") {
    const { pattern, line } = trace.marker;
    const box = `x="${round(x + key - 20)}" y="${round(y - 6)}" width="16" height="12"`;
    const hatch = pattern.shape ? `<rect ${box} fill="url(#${patternId(pattern.shape)})"/>` : "";
    return (
      `<rect ${box} fill="${escapeXml(barColor(trace))}"/>${hatch}` +
      `<rect ${box} fill="none" stroke="${escapeXml(line.color)}" stroke-width="${line.width}"/>`
    );
  }
  if (trace.type === "contour") return "";
  const line =
    trace.mode.includes("lines") && trace.line
      ? `<path d="M${round(x)} ${round(y)}h${key}" ${strokeOf(trace.line)}/>`
      : "";
  const marker =
    trace.mode.includes("markers") && trace.marker ? svgMarker(trace.marker, x + key / 2, y) : "";
  return line + marker;
}
