import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { DataError } from "./error.ts";

/** A row as it stands in its file, not yet looked at. */
export interface RawRow {
  /** Row number, from 0. */
  readonly row: number;
  /** For messages: `file:line` of JSONL, `file: row N` (from 1) of JSON. */
  readonly where: string;
  readonly value: unknown;
  /** What kept the row from being read at all. */
  readonly problem?: string;
}

export interface RawFile {
  readonly file: string;
  /** Of the file's bytes, as they are (compressed or not), in hex. */
  readonly sha256: string;
  readonly rows: readonly RawRow[];
}

/** Decompressed texts longer than this are refused (Node's longest string is a little longer). */
const longestText = 500_000_000;

/**
 * Reads JSONL, or a JSON array, or either of them compressed as `.gz`. Which one it is follows from the content: a text
 * that begins with `[` is a JSON array.
 *
 * @throws DataError where the file can't be read, decompressed or parsed as a whole; a broken line of JSONL is a row's problem
 */
export async function readRows(file: string): Promise<RawFile> {
  if (/\.(parquet|csv|tsv|arrow)(\.gz)?$/i.test(file))
    throw new DataError(
      `${file}: this format is not supported yet; expected .jsonl, .json, or either with .gz`,
    );
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new DataError(
      error.code === "ENOENT"
        ? `${file}: no such data file`
        : error.code === "EISDIR"
          ? `${file}: is a directory; expected a .jsonl or .json file`
          : `${file}: ${error.message}`,
    );
  });
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const text = decodeUtf8(await decompress(bytes, file), file);
  const rows = /^\s*\[/.test(text) ? jsonRows(text, file) : jsonLines(text, file);
  if (rows.length === 0) throw new DataError(`${file}: has no rows`);
  return { file, sha256, rows };
}

async function decompress(bytes: Buffer, file: string): Promise<Buffer> {
  const compressed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (!compressed) {
    if (file.endsWith(".gz")) throw new DataError(`${file}: is named .gz but is not compressed with gzip`);
    return bytes;
  }
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: longestText });
  } catch (error) {
    const large = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    throw new DataError(
      large
        ? `${file}: is over ${longestText / 1e6} MB when decompressed; split it`
        : `${file}: can't be decompressed (${(error as Error).message}); copy or download it again`,
    );
  }
}

function decodeUtf8(bytes: Buffer, file: string): string {
  if (bytes.length > longestText)
    throw new DataError(
      `${file}: ${Math.round(bytes.length / 1e6)} MB; at most ${longestText / 1e6} MB are read, split it`,
    );
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new DataError(`${file}: is not UTF-8 text`);
  }
}

function jsonRows(text: string, file: string): RawRow[] {
  try {
    const values = JSON.parse(text) as unknown[];
    return values.map((value, row) => ({ row, where: `${file}: row ${row + 1}`, value }));
  } catch (error) {
    throw new DataError(
      `${file}: begins as a JSON array but is not valid JSON (${(error as Error).message})`,
    );
  }
}

function jsonLines(text: string, file: string): RawRow[] {
  const rows: RawRow[] = [];
  text.split("\n").forEach((line, i) => {
    if (line.trim() === "") return;
    const row = rows.length;
    const where = `${file}:${i + 1}`;
    try {
      rows.push({ row, where, value: JSON.parse(line) });
    } catch (error) {
      rows.push({ row, where, value: undefined, problem: `not valid JSON (${(error as Error).message})` });
    }
  });
  return rows;
}
