import type { Content } from "../protocol/message.ts";

/** A data frame as danfojs has them; recognised by its members, so that nothing need be loaded here. */
interface Frame {
  readonly columns: readonly (string | number)[];
  readonly index: readonly (string | number)[];
  readonly values: readonly unknown[];
  readonly shape: readonly number[];
}

/** Rows shown of a longer table. */
const LARGEST = 60;

export function isTable(value: unknown): value is Frame {
  if (typeof value !== "object" || value === null) return false;
  const { columns, index, values, shape } = value as Partial<Frame>;
  return Array.isArray(columns) && Array.isArray(index) && Array.isArray(values) && Array.isArray(shape);
}

/** HTML, with the text that a terminal or a plain viewer shows. */
export function tableBundle(frame: Frame): Content {
  const rows = frame.values.map((row) => (Array.isArray(row) ? row : [row]));
  return renderTable(frame.columns.map(String), rows, frame.index.map(String));
}

export function renderTable(
  columns: readonly string[],
  rows: readonly (readonly unknown[])[],
  index?: readonly string[],
): Content {
  const shown = rows.slice(0, LARGEST);
  const head = index ? ["", ...columns] : columns;
  const cells = shown.map((row, at) => [...(index ? [index[at] ?? ""] : []), ...row.map(cell)]);
  const more = rows.length > shown.length ? `${rows.length} rows, of which ${shown.length} are shown` : "";
  const widths = head.map((name, at) => Math.max(name.length, ...cells.map((row) => (row[at] ?? "").length)));
  const line = (row: readonly string[]) =>
    row
      .map((text, at) => (numeric(text) ? text.padStart(widths[at]!) : text.padEnd(widths[at]!)))
      .join("  ")
      .trimEnd();
  const text = [line(head), ...cells.map(line), ...(more ? [more] : [])].join("\n");
  const html = [
    "<table><thead><tr>",
    ...head.map((name) => `<th>${escapeHtml(name)}</th>`),
    "</tr></thead><tbody>",
    ...cells.map(
      (row) =>
        `<tr>${row.map((one, at) => (index && at === 0 ? `<th>${escapeHtml(one)}</th>` : `<td>${escapeHtml(one)}</td>`)).join("")}</tr>`,
    ),
    "</tbody></table>",
    more ? `<p>${more}</p>` : "",
  ].join("");
  return { "text/html": html, "text/plain": text };
}

function cell(value: unknown): string {
  if (typeof value === "number")
    return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function numeric(text: string): boolean {
  return text !== "" && !Number.isNaN(Number(text));
}

function escapeHtml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}
