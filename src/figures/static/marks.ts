import { mix } from "../color.ts";
import type { BarTrace, ContourTrace, Dash, Line, ScatterTrace, Shape } from "../trace.ts";
import { isolines } from "./isolines.ts";
import type { Panel } from "./panel.ts";
import { svgMarker } from "./symbols.ts";
import { escapeXml, round, svgText } from "./text.ts";

/** In multiples of the line's width, as plotly's. */
const dashes: Readonly<Record<Dash, readonly number[]>> = {
  solid: [],
  dot: [1, 2],
  dash: [4, 2.5],
  dashdot: [4, 2, 1, 2],
  longdash: [7, 3],
};

export function strokeOf(line: Line): string {
  const dash = dashes[line.dash ?? "solid"].map((length) => round(length * line.width));
  return (
    `fill="none" stroke="${escapeXml(line.color)}" stroke-width="${line.width}" stroke-linejoin="round"` +
    (dash.length ? ` stroke-dasharray="${dash.join(" ")}"` : "")
  );
}

/** Lines that only carry a hover are not drawn. */
export function isDrawn(trace: ScatterTrace): boolean {
  return trace.line?.color !== "rgba(0,0,0,0)";
}

export function svgScatter(trace: ScatterTrace, panel: Panel): string {
  const points = trace.x.map((x, i) => [panel.x(x), panel.y(trace.y[i]!)] as const);
  if (trace.fill && trace.fillcolor)
    return `<path d="M${points.map(([x, y]) => `${round(x)} ${round(y)}`).join("L")}Z" fill="${escapeXml(trace.fillcolor)}"/>`;
  if (!isDrawn(trace)) return "";
  const parts: string[] = [];
  if (trace.mode.includes("lines") && trace.line && points.length > 1) {
    const path = points.map(([x, y]) => `${round(x)} ${round(y)}`).join("L");
    parts.push(`<path d="M${path}" ${strokeOf(trace.line)}/>`);
  }
  if (trace.mode.includes("markers") && trace.marker)
    parts.push(...points.map(([x, y]) => svgMarker(trace.marker!, x, y)));
  const body = parts.join("");
  return trace.opacity === undefined ? body : `<g opacity="${trace.opacity}">${body}</g>`;
}

export function svgContour(trace: ContourTrace, panel: Panel): string {
  const { start, end, size } = trace.contours;
  const [low, high] = [trace.colorscale[0]![1], trace.colorscale.at(-1)![1]];
  const count = Math.min(200, Math.floor((end - start) / size + 1e-6) + 1);
  let svg = "";
  for (let i = 0; i < count; i++) {
    const path = isolines(trace.x, trace.y, trace.z, start + i * size)
      .map(([x0, y0, x1, y1]) => {
        return `M${round(panel.x(x0))} ${round(panel.y(y0))}L${round(panel.x(x1))} ${round(panel.y(y1))}`;
      })
      .join("");
    const color = mix(low, high, count > 1 ? i / (count - 1) : 0);
    if (path) svg += `<path d="${path}" ${strokeOf({ color, width: trace.line.width })}/>`;
  }
  return svg;
}

/** Of one bar; without one the middle shade, which stands for all. */
export function barColor({ marker: { color } }: BarTrace, group?: number): string {
  return typeof color === "string" ? color : color[group ?? Math.floor(color.length / 2)]!;
}

/** Grouped bars over the categories 0, 1, … of the panel's x axis. */
export function svgBars(traces: readonly BarTrace[], panel: Panel, gap: number, groupGap: number): string {
  const width = (1 - gap) / traces.length;
  let svg = "";
  traces.forEach((trace, t) => {
    trace.y.forEach((value, group) => {
      if (value === null) return;
      const centre = group - (1 - gap) / 2 + (t + 0.5) * width;
      const half = (width * (1 - groupGap)) / 2;
      const [left, right] = [panel.x(centre - half), panel.x(centre + half)];
      const [top, bottom] = [panel.y(Math.max(value, 0)), panel.y(Math.min(value, 0))];
      const { marker } = trace;
      const box =
        `x="${round(left)}" y="${round(top)}" width="${round(right - left)}"` +
        ` height="${round(Math.max(bottom - top, 0.5))}"`;
      svg += `<rect ${box} fill="${escapeXml(barColor(trace, group))}"/>`;
      if (marker.pattern.shape) svg += `<rect ${box} fill="url(#${patternId(marker.pattern.shape)})"/>`;
      svg += `<rect ${box} fill="none" stroke="${escapeXml(marker.line.color)}" stroke-width="${marker.line.width}"/>`;
      svg += svgWhisker(trace, group, value, (left + right) / 2, panel);
      const text = trace.textposition === "outside" ? trace.text?.[group] : undefined;
      if (text && trace.textfont)
        svg += svgText(text, (left + right) / 2, value < 0 ? bottom + trace.textfont.size + 2 : top - 4, {
          ...trace.textfont,
          anchor: "middle",
        });
    });
  });
  return svg;
}

/** From below a bar's value to above it, a cap at each end; nothing where the two are the same. */
function svgWhisker({ error_y: error }: BarTrace, group: number, value: number, x: number, panel: Panel) {
  const [above, below] = [error?.array[group] ?? 0, error?.arrayminus[group] ?? 0];
  if (!error || above + below === 0) return "";
  const [top, bottom] = [panel.y(value + above), panel.y(value - below)].map(round);
  const [left, right] = [x - error.width, x + error.width].map(round);
  const path = `M${left} ${top}H${right}M${left} ${bottom}H${right}M${round(x)} ${top}V${bottom}`;
  return `<path d="${path}" ${strokeOf({ color: error.color, width: error.thickness })}/>`;
}

const patternNames = { "/": "hatch", ".": "dots", x: "cross", "-": "lines", "": "none" } as const;

export function patternId(shape: BarTrace["marker"]["pattern"]["shape"]): string {
  return `alright-${patternNames[shape]}`;
}

/** The definitions of the patterns that some bars use. */
export function svgPatterns(traces: readonly BarTrace[]): string {
  const used = new Map(traces.map((trace) => [trace.marker.pattern.shape, trace.marker.pattern]));
  let svg = "";
  for (const [shape, { fgcolor, size }] of used) {
    if (shape === "") continue;
    const stroke = `stroke="${escapeXml(fgcolor)}" stroke-width="1.2"`;
    const diagonal = `<path d="M0 ${size}L${size} 0M-1 1L1 -1M${size - 1} ${size + 1}L${size + 1} ${size - 1}" ${stroke}/>`;
    const counter = `<path d="M0 0L${size} ${size}M-1 ${size - 1}L1 ${size + 1}M${size - 1} -1L${size + 1} 1" ${stroke}/>`;
    const body = {
      "/": diagonal,
      x: diagonal + counter,
      ".": `<circle cx="${size / 2}" cy="${size / 2}" r="1.2" fill="${escapeXml(fgcolor)}"/>`,
      "-": `<path d="M0 ${size / 2}L${size} ${size / 2}" ${stroke}/>`,
    }[shape];
    svg += `<pattern id="${patternId(shape)}" width="${size}" height="${size}" patternUnits="userSpaceOnUse">${body}</pattern>`;
  }
  return svg;
}

export function svgShape(shape: Shape, panel: Panel): string {
  const from = `M${round(panel.x(shape.x0))} ${round(panel.y(shape.y0))}`;
  const to = `L${round(panel.x(shape.x1))} ${round(panel.y(shape.y1))}`;
  return `<path d="${from}${to}" ${strokeOf(shape.line)}/>`;
}
