import { runColumns } from "./columns.ts";
import type { RunRow } from "./row.ts";

/** Rows as CSV (RFC 4180). danfojs writes no quotes around fields that need them. */
export function runsCsv(rows: readonly RunRow[]): string {
  const lines = rows.map((row) => runColumns.map(({ key }) => field(row[key])));
  return [runColumns.map(({ key }) => key), ...lines].map((line) => `${line.join(",")}\r\n`).join("");
}

/** Rows as a JSON array. */
export function runsJson(rows: readonly RunRow[]): string {
  const objects = rows.map((row) => Object.fromEntries(runColumns.map(({ key }) => [key, row[key]])));
  return `${JSON.stringify(objects, null, 2)}\n`;
}

function field(value: string | number | null): string {
  if (value === null || Number.isNaN(value)) return "";
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
