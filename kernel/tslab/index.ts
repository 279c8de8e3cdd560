import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { displayData, updateDisplayData } from "../runtime/display.ts";

/** The display interface of tslab, so that notebooks written for it (`import {display, newDisplay} from "tslab"`) run unchanged. */
export interface Display {
  javascript(source: string): void;
  html(source: string): void;
  markdown(source: string): void;
  latex(source: string): void;
  svg(source: string): void;
  png(bytes: Uint8Array): void;
  jpeg(bytes: Uint8Array): void;
  gif(bytes: Uint8Array): void;
  pdf(bytes: Uint8Array): void;
  text(source: string): void;
  /** MIME data by type; binary types as bytes or base64. */
  raw(contentType: string, content: string | Uint8Array): void;
}

interface Versions {
  /** The version of tslab whose interface this is. */
  readonly tslab: string;
  readonly typescript: string;
  readonly node: string;
}

const typescriptManifest = createRequire(import.meta.url).resolve("typescript/package.json");

/** As tslab tells them; its own is that of the interface, since tslab itself is not there. */
export const versions: Versions = {
  tslab: "1.0.22",
  typescript: JSON.parse(readFileSync(typescriptManifest, "utf8")).version,
  node: process.version,
};

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

function create(show: (data: Record<string, unknown>) => void): Display {
  return {
    javascript: (source) => show({ "text/javascript": source }),
    html: (source) => show({ "text/html": source }),
    markdown: (source) => show({ "text/markdown": source }),
    latex: (source) => show({ "text/latex": source }),
    svg: (source) => show({ "image/svg+xml": source }),
    png: (bytes) => show({ "image/png": base64(bytes) }),
    jpeg: (bytes) => show({ "image/jpeg": base64(bytes) }),
    gif: (bytes) => show({ "image/gif": base64(bytes) }),
    pdf: (bytes) => show({ "application/pdf": base64(bytes) }),
    text: (source) => show({ "text/plain": source }),
    raw: (type, content) => show({ [type]: typeof content === "string" ? content : base64(content) }),
  };
}

/** Shows content below the cell, each call in a place of its own. */
const tslabDisplay: Display = create((data) => displayData(data));

export { tslabDisplay as display };

/** A place below the cell whose content each call replaces. */
export function newDisplay(): Display {
  const id = randomUUID();
  let shown = false;
  return create((data) => {
    if (shown) updateDisplayData(id, data);
    else displayData(data, {}, id);
    shown = true;
  });
}
