import { createHash } from "node:crypto";
import { DataError } from "./error.ts";
import type { PreferenceRow, SftRow } from "./examples.ts";
import { type RawFile, readRows } from "./read.ts";
import { type Reading, readPreference, readSft } from "./shapes.ts";

export type OnBadRow = "stop" | "skip";

/** A data set read and normalised. */
export interface DataSet<Row> {
  /** The (first) file. */
  readonly file: string;
  /** Of the file as it is, in hex; of several files, the SHA-256 of theirs, a line each. */
  readonly sha256: string;
  readonly rows: readonly Row[];
  /** Row number in the file (in all files, one after the other), from 0, of each row. */
  readonly numbers: readonly number[];
  /** The bad rows that were skipped, each with what was wrong with it. */
  readonly skipped: readonly string[];
}

/** Reads instruction rows: alpaca or prompt/completion. @throws DataError naming file, line and problem */
export async function loadSft(
  files: string | readonly string[],
  options: { onBadRow?: OnBadRow } = {},
): Promise<DataSet<SftRow>> {
  return normalise(await readFiles(files), readSft, options.onBadRow ?? "stop");
}

/** Reads preference rows: hh-rlhf transcripts or prompt/chosen/rejected. @throws DataError naming file, line and problem */
export async function loadPreferences(
  files: string | readonly string[],
  options: { onBadRow?: OnBadRow } = {},
): Promise<DataSet<PreferenceRow>> {
  return normalise(await readFiles(files), readPreference, options.onBadRow ?? "stop");
}

/** One file, or several as one set of rows. */
async function readFiles(files: string | readonly string[]): Promise<RawFile> {
  const [first, ...others] = [files].flat();
  if (first === undefined) throw new DataError("a data set of no files");
  const raw = await readRows(first);
  if (others.length === 0) return raw;
  const rows = [...raw.rows];
  const hashes = [raw.sha256];
  for (const file of others) {
    const next = await readRows(file);
    hashes.push(next.sha256);
    for (const row of next.rows) rows.push({ ...row, row: rows.length });
  }
  const sha256 = createHash("sha256").update(hashes.join("\n")).digest("hex");
  return { file: raw.file, sha256, rows };
}

function normalise<Row>(
  raw: RawFile,
  read: (value: unknown) => Reading<Row>,
  onBadRow: OnBadRow,
): DataSet<Row> {
  const rows: Row[] = [];
  const numbers: number[] = [];
  const skipped: string[] = [];
  for (const { row, where, value, problem } of raw.rows) {
    const reading = problem === undefined ? read(value) : { problem };
    if ("row" in reading) {
      rows.push(reading.row);
      numbers.push(row);
    } else if (onBadRow === "stop") {
      throw new DataError(`${where}: ${reading.problem} (or skip bad rows with onBadRow: "skip")`);
    } else skipped.push(`${where}: ${reading.problem}`);
  }
  if (rows.length === 0)
    throw new DataError(`${raw.file}: all ${skipped.length} rows are bad; the first: ${skipped[0]}`);
  return { file: raw.file, sha256: raw.sha256, rows, numbers, skipped };
}
