// What a notebook's outputs hold for the report: its claims, and its figures at paper size.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../steps.mjs";

const CLAIMS = "application/vnd.alright.claims.v1+json";
const PLOT = "application/vnd.alright.plot.v1+json";
/** The paper's text width of 6.75 in, in CSS pixels, and the PNG pictures' pixels for each of them (300 an inch). */
const width = 648;
const scale = 300 / 96;

const outputsOf = (notebook) => (notebook?.cells ?? []).flatMap((cell) => cell.outputs ?? []);
const text = (value) => [value].flat().join("");

/** Every claim of a notebook, in order, with the title of its table. */
export function claimsOf(notebook) {
  return outputsOf(notebook).flatMap((output) => {
    const { title = "", claims = [] } = output.data?.[CLAIMS] ?? {};
    return claims.map((claim) => ({ table: title, ...claim }));
  });
}

/**
 * How a claim stands: "held"; "not held", with its reason in the notebook (a misprint of the paper, say); "failed", for a claim that should hold and
 * does not; "stale", for one that holds though a reason says that it does not.
 */
export function standing({ held, because }) {
  if (because === undefined) return held ? "held" : "failed";
  return held ? "stale" : "not held";
}

/** The tables that cells display, as HTML, with the heading they stand under. */
export function tablesOf(notebook) {
  let heading = "";
  return (notebook?.cells ?? []).flatMap((cell) => {
    if (cell.cell_type === "markdown") heading = /^#+ (.*)$/m.exec(text(cell.source))?.[1] ?? heading;
    const shown = (cell.outputs ?? []).map(({ data = {} }) => text(data["text/html"] ?? ""));
    return shown.filter((html) => html.startsWith("<table")).map((html) => ({ heading, html }));
  });
}

/** Writes each figure as NAME-N.svg and NAME-N.png into `out`; returns their file names with the heading they stand under. */
export async function writeFigures(notebook, name, out) {
  const figures = await import(pathToFileURL(join(root, "dist/src/figures/index.js")).href);
  const { rasterise } = await import(pathToFileURL(join(root, "dist/src/figures/static/png.js")).href);
  const written = [];
  let heading = "";
  for (const cell of notebook?.cells ?? []) {
    if (cell.cell_type === "markdown") {
      heading = /^#+ (.*)$/m.exec(text(cell.source))?.[1] ?? heading;
      continue;
    }
    for (const { data = {} } of cell.outputs ?? []) {
      const message = data[PLOT];
      const svg = message
        ? figures.renderSvg(message, { width, height: 400 })
        : data["image/svg+xml"] && text(data["image/svg+xml"]);
      if (!svg) continue;
      const file = `${name}-${written.length + 1}`;
      writeFileSync(join(out, `${file}.svg`), svg);
      writeFileSync(join(out, `${file}.png`), await rasterise(svg, scale, "#ffffff"));
      const title = message
        ? `${message.title ?? message.view} (${message.runs.map((run) => run.method).join(", ")})`
        : text(data["text/plain"] ?? "").replace(/^\[|\]$/g, "");
      written.push({ file, heading, title, view: message?.view ?? null });
    }
  }
  return written;
}
