import { drawSvg } from "../static/svg.ts";
import { escapeXml } from "../static/text.ts";
import type { Theme } from "../theme.ts";
import type { Figure } from "../trace.ts";

/** The paper's text width, 6.75 in (ICML's two columns), in CSS pixels. */
export const paperWidth = 648;

/** How the paper's figures are printed: black on white. */
export const paperTheme: Theme = {
  kind: "light",
  background: "#ffffff",
  text: "#111111",
  grid: "#dddddd",
  axis: "#333333",
  fontFamily: "DejaVu Sans, sans-serif",
};

/** A figure in the paper's own layout, at its printed size; shows itself in a notebook as SVG. */
export class PaperFigure {
  /** "Figure 2", as the paper calls it. */
  readonly name: string;
  /** An SVG document, `width` × `height` CSS pixels. */
  readonly svg: string;
  readonly width: number;
  readonly height: number;

  constructor(name: string, svg: string, width: number, height: number) {
    this.name = name;
    this.svg = svg;
    this.width = width;
    this.height = height;
  }

  /** As a PNG picture; the default has 300 pixels an inch. */
  async png(dotsPerInch = 300): Promise<Uint8Array> {
    const { rasterise } = await import("../static/png.ts");
    return rasterise(this.svg, dotsPerInch / 96, paperTheme.background);
  }

  [Symbol.for("Jupyter.display")](): Record<string, unknown> {
    return { "image/svg+xml": this.svg, "text/plain": `[${this.name}]` };
  }
}

export interface PanelOptions {
  /** Panels in a row. */
  readonly columns: number;
  /** CSS pixels; `paperWidth` if left out. */
  readonly width?: number;
  /** Of one panel. */
  readonly height: number;
}

/** A column of a figure: its share of the width, and its panels from top to bottom. */
export interface PanelColumn {
  readonly share: number;
  readonly panels: readonly Panel[];
  /** Each panel's share of the height; all alike if left out. */
  readonly heights?: readonly number[];
}

type Panel = Omit<Figure, "height">;

interface PlacedPanel {
  readonly panel: Panel;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Several figures as the panels of one, row by row, each with its letter size. */
export function paperPanels(name: string, figures: readonly Panel[], options: PanelOptions): PaperFigure {
  const { columns, width = paperWidth, height } = options;
  const own = width / columns;
  const placed = figures.map((panel, i) => ({
    panel,
    x: (i % columns) * own,
    y: Math.floor(i / columns) * height,
    width: own,
    height,
  }));
  return assemble(name, placed, width, Math.ceil(figures.length / columns) * height);
}

/** Columns beside each other, each divided into panels of its own, as Figures 1, 3 and 4. @param height of the whole figure */
export function paperColumns(
  name: string,
  columns: readonly PanelColumn[],
  height: number,
  width = paperWidth,
): PaperFigure {
  const shares = columns.reduce((sum, { share }) => sum + share, 0);
  let x = 0;
  const placed = columns.flatMap(({ share, panels, heights = panels.map(() => 1) }) => {
    const own = { x, width: (width * share) / shares };
    x += own.width;
    const whole = heights.reduce((sum, each) => sum + each, 0);
    let y = 0;
    return panels.map((panel, i) => {
      const place = { ...own, y, height: (height * heights[i]!) / whole };
      y += place.height;
      return { panel, ...place };
    });
  });
  return assemble(name, placed, width, height);
}

function assemble(name: string, placed: readonly PlacedPanel[], width: number, height: number): PaperFigure {
  const drawn = placed.map(({ panel, x, y, width, height }, i) => {
    const svg = drawSvg({ ...panel, height }, { width, height }, `${name}, panel ${i + 1}`);
    // Ids are the document's, not the panel's.
    const own = svg.replaceAll(/(id="|url\(#)alright-/g, `$1panel${i}-alright-`);
    return own.replace("<svg ", `<svg x="${x}" y="${y}" `);
  });
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"` +
    ` viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(name)}">` +
    `<rect width="${width}" height="${height}" fill="${paperTheme.background}"/>${drawn.join("")}</svg>\n`;
  return new PaperFigure(name, svg, width, height);
}
