import type { Axis, BarTrace, Layout, Trace } from "../trace.ts";
import { escapeXml, round, svgText } from "./text.ts";
import { niceTicks, tickText } from "./ticks.ts";

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Tick {
  readonly value: number;
  readonly text: string;
}

/** One pair of axes: where it stands, and from data to pixels. */
export interface Panel {
  readonly id: "" | "2";
  readonly box: Box;
  readonly xaxis: Axis;
  readonly yaxis: Axis;
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly xticks: readonly Tick[];
  readonly yticks: readonly Tick[];
}

/** The panels of a layout inside `area`, the part of the picture that `paper` coordinates span. */
export function panelsOf(layout: Layout, traces: readonly Trace[], area: Box): Panel[] {
  const pairs = [["", layout.xaxis, layout.yaxis] as const];
  const panels =
    layout.xaxis2 && layout.yaxis2 ? [...pairs, ["2", layout.xaxis2, layout.yaxis2] as const] : pairs;
  return panels.map(([id, xaxis, yaxis]) => {
    const [from, to] = xaxis.domain ?? [0, 1];
    const [low, high] = yaxis.domain ?? [0, 1];
    const box = {
      x: area.x + from * area.width,
      y: area.y + (1 - high) * area.height,
      width: (to - from) * area.width,
      height: (high - low) * area.height,
    };
    const bars = traces.find((trace): trace is BarTrace => trace.type === "bar");
    const categories = xaxis.type === "category" ? (bars?.x ?? []) : null;
    const [x0, x1] = categories ? [-0.5, Math.max(1, categories.length) - 0.5] : (xaxis.range ?? [0, 1]);
    const [y0, y1] = yaxis.range ?? [0, 1];
    return {
      id,
      box,
      xaxis,
      yaxis,
      x: (value) => box.x + ((value - x0) / (x1 - x0)) * box.width,
      y: (value) => box.y + box.height - ((value - y0) / (y1 - y0)) * box.height,
      xticks: categories
        ? categories.map((text, value) => ({ value, text }))
        : numbered(x0, x1, Math.max(2, Math.floor(box.width / 62))),
      yticks: numbered(y0, y1, Math.max(2, Math.floor(box.height / 44))),
    };
  });
}

function numbered(low: number, high: number, count: number): Tick[] {
  const { values, decimals } = niceTicks(low, high, count);
  return values.map((value) => ({ value, text: tickText(value, decimals) }));
}

/** Grid, frame, ticks and their labels, axis titles. */
export function svgAxes(panel: Panel, layout: Layout, tickWidth: number): { grid: string; frame: string } {
  const { box, xaxis, yaxis } = panel;
  const { size, color } = layout.font;
  const bottom = box.y + box.height;
  let grid = "";
  let frame = "";
  const rule = (path: string, stroke: string) =>
    `<path d="${path}" fill="none" stroke="${escapeXml(stroke)}" stroke-width="1"/>`;
  for (const { value, text } of panel.xticks) {
    const x = round(panel.x(value));
    if (xaxis.showgrid !== false) grid += rule(`M${x} ${round(box.y)}V${round(bottom)}`, xaxis.gridcolor);
    frame += svgText(text, x, bottom + size + 6, { size, color, anchor: "middle" });
  }
  for (const { value, text } of panel.yticks) {
    const y = round(panel.y(value));
    if (yaxis.showgrid !== false)
      grid += rule(`M${round(box.x)} ${y}H${round(box.x + box.width)}`, yaxis.gridcolor);
    frame += svgText(text, box.x - 7, y + size * 0.36, { size, color, anchor: "end" });
  }
  if (yaxis.zeroline) {
    const zero = round(panel.y(0));
    frame += rule(
      `M${round(box.x)} ${zero}H${round(box.x + box.width)}`,
      yaxis.zerolinecolor ?? yaxis.linecolor,
    );
  }
  frame +=
    `<rect x="${round(box.x)}" y="${round(box.y)}" width="${round(box.width)}" height="${round(box.height)}"` +
    ` fill="none" stroke="${escapeXml(xaxis.linecolor)}"/>`;
  const title = size + 1;
  if (xaxis.title.text)
    frame += svgText(xaxis.title.text, box.x + box.width / 2, bottom + 2 * size + 16, {
      size: title,
      color,
      anchor: "middle",
    });
  if (yaxis.title.text)
    frame += svgText(yaxis.title.text, box.x - tickWidth - 16, box.y + box.height / 2, {
      size: title,
      color,
      anchor: "middle",
      rotate: -90,
    });
  return { grid, frame };
}
