import { DataError } from "./error.ts";
import type { PreferenceRow, SftRow } from "./examples.ts";
import { type RawFile, readRows } from "./read.ts";
import { type Reading, readPreference, readSft } from "./shapes.ts";

export type OnBadRow = "stop" | "skip";

/** A data set read and normalised. */
export interface DataSet<Row> {
  readonly file: string;
  /** Of the file as it is, in hex. */
  readonly sha256: string;
  readonly rows: readonly Row[];
  /** Row number in the file, from 0, of each row. */
  readonly numbers: readonly number[];
  /** The bad rows that were skipped, each with what was wrong with it. */
  readonly skipped: readonly string[];
}

/** Reads instruction rows: alpaca or prompt/completion. @throws DataError naming file, line and problem */
export async function loadSft(file: string, options: { onBadRow?: OnBadRow } = {}): Promise<DataSet<SftRow>> {
  return normalise(await readRows(file), readSft, options.onBadRow ?? "stop");
}

/** Reads preference rows: hh-rlhf transcripts or prompt/chosen/rejected. @throws DataError naming file, line and problem */
export async function loadPreferences(
  file: string,
  options: { onBadRow?: OnBadRow } = {},
): Promise<DataSet<PreferenceRow>> {
  return normalise(await readRows(file), readPreference, options.onBadRow ?? "stop");
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
