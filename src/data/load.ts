import { createHash } from "node:crypto";
import type { ChatFormat } from "./chat.ts";
import type { Conversation } from "./conversation.ts";
import { DataError } from "./error.ts";
import type { PreferenceRow, SftRow } from "./examples.ts";
import type { Reading } from "./fields.ts";
import { dataFiles } from "./paths.ts";
import type { RawFile, RawRow } from "./raw-rows.ts";
import { readRows } from "./read.ts";
import { readPreference, readSft } from "./shapes.ts";

export type OnBadRow = "stop" | "skip";

/** A data set read and normalised. */
export interface DataSet<Row> {
  /** The (first) file. */
  readonly file: string;
  /** Of the file as it is, in hex; of several files, of their digests. */
  readonly sha256: string;
  readonly rows: readonly Row[];
  /** Row number in the file (in all files, one after the other), from 0, of each row. */
  readonly numbers: readonly number[];
  /** The bad rows that were skipped, each with what was wrong with it. */
  readonly skipped: readonly string[];
  /** Rows of chat messages among them, and how these became texts. */
  readonly chat?: { readonly rows: number; readonly by: ChatFormat["by"] };
  /** Where a row is, for messages: `file:line`, or `file: row N` in formats without lines. */
  readonly where?: (index: number) => string;
}

export interface LoadOptions {
  /** Default `stop`: the first bad row is an error. */
  readonly onBadRow?: OnBadRow;
  /** How chat messages become texts; without it they are bad rows. */
  readonly chat?: ChatFormat;
}

/** A file, a directory of files, a pattern (`*`, `?` in the file name), or several of these, read one after the other. */
export type DataPaths = string | readonly string[];

/**
 * Reads instruction rows: alpaca, prompt/completion, or chat messages.
 *
 * @throws DataError naming file, line and problem
 */
export async function loadSft(paths: DataPaths, options: LoadOptions = {}): Promise<DataSet<SftRow>> {
  return load(paths, readSft, options, ({ prompt, responses: [completion], rendered }) => ({
    prompt,
    completion: completion!,
    ...(rendered && { rendered }),
  }));
}

/**
 * Reads preference rows: hh-rlhf transcripts or prompt/chosen/rejected, as texts or chat messages.
 *
 * @throws DataError naming file, line and problem
 */
export async function loadPreferences(
  paths: DataPaths,
  options: LoadOptions = {},
): Promise<DataSet<PreferenceRow>> {
  return load(paths, readPreference, options, ({ prompt, responses: [chosen, rejected], rendered }) => ({
    prompt,
    chosen: chosen!,
    rejected: rejected!,
    ...(rendered && { rendered }),
  }));
}

async function load<Row extends object>(
  paths: DataPaths,
  read: (value: unknown) => Reading<Row | Conversation>,
  { onBadRow = "stop", chat }: LoadOptions,
  toRow: (of: { prompt: string; responses: readonly string[]; rendered?: true }) => Row,
): Promise<DataSet<Row>> {
  const given = typeof paths === "string" ? [paths] : paths;
  const files = (await Promise.all(given.map(dataFiles))).flat();
  if (files.length === 0) throw new DataError("no data file is given; expected at least one");
  const rows: Row[] = [];
  const numbers: number[] = [];
  const lines: (number | null)[] = [];
  const skipped: string[] = [];
  const parts: (RawFile & { readonly start: number })[] = [];
  let chats = 0;
  let start = 0;

  /** The row, or what is wrong with it; messages as texts. */
  const readRow = ({ value, problem }: RawRow): Reading<Row> => {
    if (problem !== undefined) return { problem };
    const reading = read(value);
    if ("problem" in reading || !("responses" in reading.row)) return reading as Reading<Row>;
    if (!chat)
      return { problem: "has chat messages, which a model's chat template makes a text of; none was given" };
    const texts = chat.render(reading.row);
    if ("problem" in texts) return texts;
    chats++;
    return { row: toRow(texts.row) };
  };

  for (const file of files) {
    let count = 0;
    const part = await readRows(file, (raw) => {
      const number = start + count++;
      const reading = readRow(raw);
      if ("row" in reading) {
        rows.push(reading.row);
        numbers.push(number);
        lines.push(raw.line);
        return;
      }
      const problem = `${place(file, raw.line, number - start)}: ${reading.problem}`;
      if (onBadRow === "stop") throw new DataError(`${problem} (or skip bad rows with onBadRow: "skip")`);
      skipped.push(problem);
    });
    parts.push({ ...part, start });
    start += part.rows;
  }
  const name = given.length === 1 && files.length === 1 ? files[0]! : `${given[0]!} (${files.length} files)`;
  if (rows.length === 0)
    throw new DataError(`${name}: all ${skipped.length} rows are bad; the first: ${skipped[0]}`);
  return {
    file: name,
    sha256: parts.length === 1 ? parts[0]!.sha256 : digestOf(parts),
    rows,
    numbers,
    skipped,
    ...(chat && chats > 0 && { chat: { rows: chats, by: chat.by } }),
    where(index) {
      const number = numbers[index]!;
      const part = parts.findLast((one) => one.start <= number)!;
      return place(part.file, lines[index]!, number - part.start);
    },
  };
}

/** @param row in the file, from 0 */
function place(file: string, line: number | null, row: number): string {
  return line === null ? `${file}: row ${row + 1}` : `${file}:${line}`;
}

function digestOf(parts: readonly RawFile[]): string {
  const hash = createHash("sha256");
  for (const { sha256 } of parts) hash.update(`${sha256}\n`);
  return hash.digest("hex");
}
