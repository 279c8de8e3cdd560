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

/** Several figures as the panels of one, row by row, each with its letter size. */
export function paperPanels(
  name: string,
  figures: readonly Omit<Figure, "height">[],
  options: PanelOptions,
): PaperFigure {
  const { columns, width = paperWidth, height } = options;
  const rows = Math.ceil(figures.length / columns);
  const panel = width / columns;
  const drawn = figures.map((figure, i) => {
    const svg = drawSvg({ ...figure, height }, { width: panel, height }, `${name}, panel ${i + 1}`);
    // Ids are the document's, not the panel's.
    const own = svg.replaceAll(/(id="|url\(#)alright-/g, `$1panel${i}-alright-`);
    return own.replace("<svg ", `<svg x="${(i % columns) * panel}" y="${Math.floor(i / columns) * height}" `);
  });
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${rows * height}"` +
    ` viewBox="0 0 ${width} ${rows * height}" role="img" aria-label="${escapeXml(name)}">` +
    `<rect width="${width}" height="${rows * height}" fill="${paperTheme.background}"/>${drawn.join("")}</svg>\n`;
  return new PaperFigure(name, svg, width, rows * height);
}
