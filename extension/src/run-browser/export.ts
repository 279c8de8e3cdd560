/** Loaded with the first export: tables, pictures and sources as files of the reader's. */
import { figure } from "../../../src/figures/figure.ts";
import { drawSvg } from "../../../src/figures/static/svg.ts";
import { summaryText } from "../../../src/figures/summary.ts";
import { themes } from "../../../src/figures/theme.ts";
import type { Words } from "../../../src/figures/words.ts";
import { runsCsv } from "../../../src/runs/csv.ts";
import type { PlotMessage, RunSnapshot } from "../../../src/runs/snapshot.ts";
import { trainSource } from "../../../src/runs/source.ts";
import { RunFilesError } from "./files.ts";

export { runsCsv as exportedCsv, trainSource as exportedSource };

const width = 900;
const pngScale = 2;

/** The runs in objective space, for paper: light, whatever JupyterLab's theme. */
export function exportedSvg(runs: readonly RunSnapshot[], words: Words): string {
  const message: PlotMessage = { version: 1, view: "objective", runs: [...runs] };
  const drawn = figure(message, themes.light, { width, words });
  return drawSvg(drawn, { width, height: drawn.height }, summaryText(message, words));
}

/** The same as a picture, drawn by the browser. */
export async function exportedPng(runs: readonly RunSnapshot[], words: Words): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(exportedSvg(runs, words))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.width * pngScale;
  canvas.height = image.height * pngScale;
  const context = canvas.getContext("2d")!;
  context.fillStyle = themes.light.background;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (!blob) {
    const problem = words("the browser could not make a PNG picture; SVG needs no such step");
    throw new RunFilesError(problem);
  }
  return blob;
}

/** Gives the reader a file, without any server. */
export function download(name: string, content: string | Blob): void {
  const blob =
    typeof content === "string" ? new Blob([content], { type: "text/plain;charset=utf-8" }) : content;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
