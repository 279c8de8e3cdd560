import type { Content } from "../protocol/message.ts";
import { isTable, renderTable, tableBundle } from "./table.ts";
import { isTypedArray, summary } from "./typed-array.ts";

type Members = Readonly<Record<string, unknown>>;

/** MIME data of a value that says by what it is how to show it; null of any other. Libraries are not loaded for it. */
export function recognise(value: unknown): Content | null {
  if (typeof value !== "object" || value === null) return null;
  if (isTable(value)) return tableBundle(value);
  if (ArrayBuffer.isView(value)) return image(value) ?? (isTypedArray(value) ? summary(value) : null);
  const members = value as Members;
  return records(members) ?? element(members) ?? canvas(members) ?? plotly(members) ?? vega(members);
}

/** A data frame that gives its rows as objects, as nodejs-polars does. */
function records(value: Members): Content | null {
  const { columns, toRecords } = value;
  if (!Array.isArray(columns) || typeof toRecords !== "function") return null;
  const rows = toRecords.call(value) as Members[];
  return renderTable(
    columns.map(String),
    rows.map((row) => columns.map((name) => row[name])),
  );
}

/** The first bytes of the image formats that front ends show. */
const IMAGES: readonly (readonly [type: string, at: number, bytes: readonly number[]])[] = [
  ["image/png", 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ["image/jpeg", 0, [0xff, 0xd8, 0xff]],
  ["image/gif", 0, [0x47, 0x49, 0x46, 0x38]],
  ["image/webp", 8, [0x57, 0x45, 0x42, 0x50]],
];

function image(view: ArrayBufferView): Content | null {
  if (!(view instanceof Uint8Array)) return null;
  const found = IMAGES.find(([, at, bytes]) => bytes.every((byte, i) => view[at + i] === byte));
  if (!found) return null;
  const [type] = found;
  return {
    [type]: Buffer.from(view).toString("base64"),
    "text/plain": `[${type.slice(6).toUpperCase()}, ${view.length} bytes]`,
  };
}

/** An element of a document: what jsdom, linkedom and Observable Plot make. */
function element({ outerHTML, tagName }: Members): Content | null {
  if (typeof outerHTML !== "string") return null;
  const type = String(tagName).toLowerCase() === "svg" ? "image/svg+xml" : "text/html";
  return { [type]: outerHTML, "text/plain": outerHTML.replace(/<[^>]*>/g, "") };
}

function canvas(value: Members): Content | null {
  if (typeof value.toDataURL !== "function") return null;
  const [, data] = /^data:image\/png;base64,(.*)$/s.exec(value.toDataURL("image/png")) ?? [];
  return data === undefined
    ? null
    : { "image/png": data, "text/plain": `[${value.width} × ${value.height} canvas]` };
}

/** A figure of Plotly: traces, and a layout. */
function plotly({ data, layout, config }: Members): Content | null {
  if (!Array.isArray(data) || data.length === 0 || !isPlain(layout) || !data.every(isTrace)) return null;
  return plotlyFigure({ data, layout, ...(config !== undefined && { config }) });
}

export function plotlyFigure(figure: { readonly data: readonly unknown[] } & Members): Content {
  const traces = figure.data.length;
  const text = `[Plotly figure, ${traces} trace${traces === 1 ? "" : "s"}]`;
  return { "application/vnd.plotly.v1+json": { layout: {}, ...figure }, "text/plain": text };
}

function isTrace(value: unknown): boolean {
  return isPlain(value) && (typeof value.type === "string" || "x" in value || "y" in value || "z" in value);
}

/** A specification of Vega or Vega-Lite, or what makes one (`toSpec`). */
function vega(value: Members): Content | null {
  const specification = typeof value.toSpec === "function" ? (value.toSpec() as Members) : value;
  const schema = /\/schema\/(vega(?:-lite)?)\/v(\d+)/.exec(String(specification.$schema));
  if (!schema) return null;
  const type = `application/vnd.${schema[1]!.replace("-", "")}.v${schema[2]}+json`;
  return { [type]: specification, "text/plain": `[${schema[1]} figure]` };
}

function isPlain(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
