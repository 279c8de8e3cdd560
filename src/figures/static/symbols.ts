import type { Marker } from "../trace.ts";
import { escapeXml, round } from "./text.ts";

/** A marker of `size` pixels across, at (x, y). */
export function svgMarker(marker: Marker, x: number, y: number): string {
  const line = marker.line
    ? ` stroke="${escapeXml(marker.line.color)}" stroke-width="${marker.line.width}" stroke-linejoin="round"`
    : "";
  return `<path d="${outline(marker.symbol, x, y, marker.size / 2)}" fill="${escapeXml(marker.color)}"${line}/>`;
}

function outline(symbol: Marker["symbol"], x: number, y: number, r: number): string {
  switch (symbol) {
    case "circle":
      return `M${round(x - r)} ${round(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
    case "square":
      return polygon(x, y, ring(4, r * 1.25, 45));
    case "diamond":
      return polygon(x, y, ring(4, r * 1.3, 0));
    case "cross": {
      const a = r * 1.15;
      const b = a * 0.4;
      return polygon(x, y, [
        [-b, -a],
        [b, -a],
        [b, -b],
        [a, -b],
        [a, b],
        [b, b],
        [b, a],
        [-b, a],
        [-b, b],
        [-a, b],
        [-a, -b],
        [-b, -b],
      ]);
    }
    case "triangle-up":
      return polygon(x, y, ring(3, r * 1.25, 0));
    case "triangle-down":
      return polygon(x, y, ring(3, r * 1.25, 180));
    case "triangle-left":
      return polygon(x, y, ring(3, r * 1.25, 270));
    case "triangle-right":
      return polygon(x, y, ring(3, r * 1.25, 90));
    case "hexagon":
      return polygon(x, y, ring(6, r * 1.15, 0));
    case "pentagon":
      return polygon(x, y, ring(5, r * 1.15, 0));
    case "star": {
      const outer = ring(5, r * 1.35, 0);
      const inner = ring(5, r * 1.35 * 0.382, 36);
      return polygon(
        x,
        y,
        outer.flatMap((point, i) => [point, inner[i]!]),
      );
    }
  }
}

/** The corners of a regular polygon, the first at `turn` degrees clockwise from the top. */
function ring(corners: number, radius: number, turn: number): [number, number][] {
  return Array.from({ length: corners }, (_, i) => {
    const angle = ((turn + (360 * i) / corners) * Math.PI) / 180;
    return [radius * Math.sin(angle), -radius * Math.cos(angle)];
  });
}

function polygon(x: number, y: number, points: readonly (readonly [number, number])[]): string {
  return `M${points.map(([dx, dy]) => `${round(x + dx)} ${round(y + dy)}`).join("L")}Z`;
}
