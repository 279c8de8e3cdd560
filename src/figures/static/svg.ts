import type { BarTrace, Figure } from "../trace.ts";
import { legendOf } from "./legend.ts";
import { svgBars, svgContour, svgPatterns, svgScatter, svgShape } from "./marks.ts";
import { type Box, panelsOf, svgAxes } from "./panel.ts";
import { escapeXml, round, svgText, textWidth } from "./text.ts";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Draws a figure as SVG: the trace kinds of `trace.ts`, in the way plotly draws them. */
export function drawSvg(figure: Figure, size: Size, label: string): string {
  const { traces, layout } = figure;
  const { font, margin } = layout;
  const beside = layout.legend.orientation === "v";
  const legend = legendOf(traces, layout, {
    width: size.width - 40,
    height: beside ? size.height - margin.t - 8 : size.height / 2,
  });

  const left = leftMargin(figure);
  const top = margin.t;
  const axisRoom = 3 * font.size + (layout.xaxis.title.text ? 14 : -6);
  const right = legend && beside ? legend.width + 22 : margin.r;
  const below = legend && !beside ? legend.height + 12 : 0;
  const area: Box = {
    x: left,
    y: top,
    width: Math.max(80, size.width - left - right),
    height: Math.max(80, size.height - top - axisRoom - below),
  };

  const parts: string[] = [];
  const defs: string[] = [];
  const bars = traces.filter((trace): trace is BarTrace => trace.type === "bar");
  if (bars.length > 0) defs.push(svgPatterns(bars));

  for (const panel of panelsOf(layout, traces, area)) {
    const { box, id } = panel;
    const clip = `alright-clip${id}`;
    defs.push(
      `<clipPath id="${clip}"><rect x="${round(box.x)}" y="${round(box.y)}" width="${round(box.width)}" height="${round(box.height)}"/></clipPath>`,
    );
    const { grid, frame } = svgAxes(
      panel,
      layout,
      tickWidth(
        panel.yticks.map((tick) => tick.text),
        font.size,
      ),
    );
    const inside = traces.filter((trace) => (trace.xaxis ?? "x") === `x${id}`);
    const shapes = (layout.shapes ?? []).filter((shape) => shape.xref === `x${id}`);
    const drawn = inside.map((trace) => {
      if (trace.type === "scatter") return svgScatter(trace, panel);
      return trace.type === "contour" ? svgContour(trace, panel) : "";
    });
    parts.push(
      grid,
      `<g clip-path="url(#${clip})">${shapes.map((shape) => svgShape(shape, panel)).join("")}${drawn.join("")}</g>`,
      id === "" && bars.length > 0 ? svgBars(bars, panel, layout.bargap ?? 0.2, layout.bargroupgap ?? 0) : "",
      frame,
    );
  }

  if (layout.title)
    parts.push(
      svgText(layout.title.text, size.width / 2, layout.title.font.size + 12, {
        size: layout.title.font.size,
        color: font.color,
        anchor: "middle",
        bold: true,
      }),
    );
  for (const note of layout.annotations ?? [])
    parts.push(
      svgText(note.text, area.x + note.x * area.width, area.y + (1 - note.y) * area.height - 2, {
        ...note.font,
        anchor: ({ left: "start", center: "middle", right: "end" } as const)[note.xanchor],
      }),
    );
  if (legend)
    parts.push(
      beside
        ? legend.draw(area.x + area.width + 14, area.y)
        : legend.draw((size.width - legend.width) / 2, size.height - legend.height - 8),
    );

  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}"` +
    ` viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escapeXml(label)}"` +
    ` font-family="${escapeXml(font.family)}">` +
    `<defs>${defs.join("")}</defs>` +
    `<rect width="${size.width}" height="${size.height}" fill="${escapeXml(layout.paper_bgcolor)}"/>` +
    `${parts.join("")}</svg>\n`
  );
}

function leftMargin({ traces, layout }: Figure): number {
  const probe = { x: 0, y: 0, width: 400, height: 320 };
  const widest = Math.max(
    ...panelsOf(layout, traces, probe).map((panel) =>
      tickWidth(
        panel.yticks.map((tick) => tick.text),
        layout.font.size,
      ),
    ),
  );
  return widest + (layout.yaxis.title.text ? 40 : 20);
}

function tickWidth(texts: readonly string[], size: number): number {
  return Math.max(0, ...texts.map((text) => textWidth(text, size)));
}
