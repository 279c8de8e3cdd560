import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { DataError } from "./error.ts";
import type { OnRow, RawFile } from "./raw-rows.ts";
import { TextRows } from "./read-text.ts";
import { megabytes, textBound } from "./text-bound.ts";

/** Beginnings of files of other kinds, to call them by their name. */
const foreign: readonly (readonly [string, string])[] = [
  ["504b0304", "a zip archive (or a spreadsheet); unpack it"],
  ["28b52ffd", "compressed with zstd; unpack it, or compress it with gzip"],
  ["fd377a585a00", "compressed with xz; unpack it, or compress it with gzip"],
  ["425a68", "compressed with bzip2; unpack it, or compress it with gzip"],
  ["4152524f5731", "an Arrow file; write it with to_parquet() or to_json()"],
  ["ffffffff", "an Arrow stream; write it with to_parquet() or to_json()"],
  ["53514c69", "an SQLite database"],
  ["50415245", "an encrypted parquet file"],
];
const expected = "expected JSON Lines, JSON or parquet, or one of the first two compressed with gzip";

/**
 * Reads a file's rows: JSON Lines, JSON or parquet, or one of the first two compressed with gzip. Which it is follows from the content.
 * JSON Lines are streamed, so that no more than the rows themselves is kept.
 *
 * @returns its digest and number of rows, when all of them were given to `onRow`
 * @throws DataError where the file can't be read, decompressed or parsed as a whole; a broken line is a row's problem
 */
export async function readRows(file: string, onRow: OnRow): Promise<RawFile> {
  const start = await beginning(file);
  if (start.length === 0) throw new DataError(`${file}: is empty`);
  const hex = start.toString("hex");
  const other = foreign.find(([magic]) => hex.startsWith(magic));
  if (other) throw new DataError(`${file}: is ${other[1]}; ${expected}`);
  const parquet = start.toString("latin1", 0, 4) === "PAR1";
  if (!parquet && /\.parquet$/i.test(file))
    throw new DataError(`${file}: is named .parquet but does not begin as a parquet file; download it again`);
  const found = parquet ? await readParquet(file, onRow) : await readText(file, start, onRow);
  if (found.rows === 0) throw new DataError(`${file}: has no rows`);
  return found;
}

/** Loaded where there is a parquet file: its decompressor is WebAssembly, which reserves 10 GB of addresses (`ulimit -v` counts them). */
async function readParquet(file: string, onRow: OnRow): Promise<RawFile> {
  return (await import("./read-parquet.ts")).readParquet(file, onRow);
}

async function beginning(file: string): Promise<Buffer> {
  try {
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new DataError(code === "ENOENT" ? `${file}: no such data file` : `${file}: ${message}`);
  }
}

async function readText(file: string, start: Buffer, onRow: OnRow): Promise<RawFile> {
  const compressed = start[0] === 0x1f && start[1] === 0x8b;
  if (!compressed && /\.gz$/i.test(file))
    throw new DataError(`${file}: is named .gz but is not compressed with gzip; ${expected}`);
  const hash = createHash("sha256");
  const text = new TextRows(file, onRow);
  const bound = textBound();
  let bytes = 0;
  const hashed = async function* (source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      hash.update(chunk);
      yield chunk;
    }
  };
  const taken = async (source: AsyncIterable<Buffer>) => {
    for await (const chunk of source) {
      if (compressed && bytes === 0 && chunk.toString("latin1", 0, 4) === "PAR1")
        throw new DataError(`${file}: is a parquet file inside gzip; unpack it`);
      bytes += chunk.length;
      if (bytes > bound)
        throw new DataError(
          `${file}: is over ${megabytes(bound)}${compressed ? " when decompressed" : ""}, which is half of the memory that is free; split it, or give Node more (NODE_OPTIONS=--max-old-space-size=…)`,
        );
      text.push(chunk);
    }
  };
  const source = createReadStream(file, { highWaterMark: 1 << 20 });
  try {
    if (compressed) await pipeline(source, hashed, createGunzip({ chunkSize: 1 << 18 }), taken);
    else await pipeline(source, hashed, taken);
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    // A pipeline whose source failed may tell of the abort alone.
    if (!/^(Z_|ERR_|ABORT_ERR$|E[A-Z]+$)/.test(code)) throw error;
    throw new DataError(
      code.startsWith("Z_") || (compressed && code === "ABORT_ERR")
        ? `${file}: can't be decompressed (${message}); copy or download it again`
        : `${file}: ${message}`,
    );
  }
  text.end();
  return { file, sha256: hash.digest("hex"), rows: text.rows };
}
