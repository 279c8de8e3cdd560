import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { runsCsv, runsJson } from "./csv.ts";
import { writeDurably } from "./durable.ts";
import { SpecificationError } from "./error.ts";
import type { RunRow } from "./row.ts";

export { runsCsv };

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
