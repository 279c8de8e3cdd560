/**
 * Figures: plot messages + theme → plotly traces and layout, drawn by plotly.js in the front end (which imports
 * `figure.ts` and its like, never this file) and here as SVG and PNG.
 */
import type { PlotMessage } from "../runs/snapshot.ts";
import { figure, type View } from "./figure.ts";
import { drawSvg } from "./static/svg.ts";
import { summaryText } from "./summary.ts";
import { type Theme, type ThemeName, themes } from "./theme.ts";

export { type FigureOptions, figure, type View, viewsOf } from "./figure.ts";
export { summaryText } from "./summary.ts";
export { type Theme, type ThemeName, themes } from "./theme.ts";
export type { Figure, Layout, Trace } from "./trace.ts";

export interface StaticOptions {
  readonly theme?: ThemeName | Theme;
  /** CSS pixels. */
  readonly width?: number;
  readonly height?: number;
  readonly view?: View;
}

/** CSS pixels of a static picture: what the `image/png` metadata of a display message should say. */
export const staticSize = { width: 760, height: 440 } as const;

/** The message's figure as an SVG document. */
export function renderSvg(message: PlotMessage, options: StaticOptions = {}): string {
  const theme = themeOf(options);
  const width = options.width ?? staticSize.width;
  const drawn = figure(message, theme, { width, ...(options.view ? { view: options.view } : {}) });
  // The usual size is a promise to whoever writes it into metadata; only a narrow picture grows.
  const height = options.height ?? (width < staticSize.width ? drawn.height : staticSize.height);
  return drawSvg(drawn, { width, height }, summaryText(message));
}

/** The message's figure as a PNG picture, `scale` (2) times as many pixels each way as `width` and `height`. */
export async function renderPng(
  message: PlotMessage,
  options: StaticOptions & { readonly scale?: number } = {},
): Promise<Uint8Array> {
  const { rasterise } = await import("./static/png.ts");
  return rasterise(renderSvg(message, options), options.scale ?? 2, themeOf(options).background);
}

function themeOf({ theme }: StaticOptions): Theme {
  return typeof theme === "object" ? theme : themes[theme ?? "light"];
}
