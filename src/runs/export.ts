import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { runColumns } from "./columns.ts";
import { writeDurably } from "./durable.ts";
import { SpecificationError } from "./error.ts";
import type { RunRow } from "./list.ts";

export interface ExportOptions {
  /** Replaces a file that is there. */
  readonly force?: boolean;
}

/**
 * Writes rows of runs as CSV (RFC 4180; a missing number is an empty field) or as a JSON array (a missing number is null),
 * whole or not at all.
 * @returns the file's whole path
 * @throws SpecificationError where the file is there already, and `force` is not set
 */
export function exportRuns(
  rows: readonly RunRow[],
  file: string,
  format: "csv" | "json",
  { force = false }: ExportOptions = {},
): string {
  const path = resolve(file);
  if (existsSync(path) && !force)
    throw new SpecificationError(`${path} is there already; --force replaces it, or give another name`);
  if (!existsSync(resolve(path, "..")))
    throw new SpecificationError(`${path}: its directory does not exist; make it first`);
  writeDurably(path, format === "csv" ? runsCsv(rows) : runsJson(rows));
  return path;
}

// danfojs writes no quotes around fields that need them.
export function runsCsv(rows: readonly RunRow[]): string {
  const lines = rows.map((row) => runColumns.map(({ key }) => field(row[key])));
  return [runColumns.map(({ key }) => key), ...lines].map((line) => `${line.join(",")}\r\n`).join("");
}

export function runsJson(rows: readonly RunRow[]): string {
  const objects = rows.map((row) => Object.fromEntries(runColumns.map(({ key }) => [key, row[key]])));
  return `${JSON.stringify(objects, null, 2)}\n`;
}

function field(value: string | number | null): string {
  if (value === null || Number.isNaN(value)) return "";
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
