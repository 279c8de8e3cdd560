import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import type { AsyncBuffer, ColumnMetaData, FileMetaData, PageHeader, SchemaTree } from "hyparquet";
import { parquetMetadataAsync, parquetReadObjects, parquetSchema } from "hyparquet";
import { parquetHeader } from "hyparquet/src/column.js";
import { decompressPage } from "hyparquet/src/datapage.js";
import { getMaxDefinitionLevel, getMaxRepetitionLevel, getSchemaPath } from "hyparquet/src/schema.js";
import { type Compressors, compressors, decompressZstd } from "hyparquet-compressors";
import { DataError } from "./error.ts";
import { rowKeys } from "./fields.ts";
import { checkLevelsV2, checkPageV1, checkValues } from "./parquet-runs.ts";
import type { OnRow, RawFile } from "./raw-rows.ts";
import { megabytes, textBound } from "./text-bound.ts";

/**
 * Reads a parquet file's rows, of its columns those that a row of any shape may have. Row groups are read one after the other.
 *
 * @throws DataError where it is damaged, or larger decompressed than half of the memory that is free
 */
export async function readParquet(file: string, onRow: OnRow): Promise<RawFile> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const hash = createHash("sha256");
    await digest(handle, hash);
    const source = { byteLength: size, slice: (from: number, to = size) => read(handle, from, to, size) };
    const metadata = await attempt(file, () => parquetMetadataAsync(source));
    const bound = textBound();
    const columns = await attempt(file, async () => columnsOf(metadata, file));
    const rows = await attempt(file, async () => checkSizes(metadata, columns, bound, file));
    await attempt(file, async () => {
      for (const { columns: chunks } of metadata.row_groups)
        for (const { meta_data } of chunks)
          if (meta_data && columns.includes(meta_data.path_in_schema[0]!))
            await checkPages(source, meta_data, metadata, bound);
    });
    // A row group is decoded whole, whatever part of it is asked for.
    let rowStart = 0;
    for (const { num_rows } of metadata.row_groups) {
      const rowEnd = rowStart + Number(num_rows);
      const found = await attempt(file, () =>
        parquetReadObjects({ file: source, metadata, columns, rowStart, rowEnd, compressors: bounded }),
      );
      if (found.length !== rowEnd - rowStart)
        throw new DataError(
          `${file}: has ${found.length} rows where ${rowEnd - rowStart} were announced; it is damaged`,
        );
      for (const value of found) onRow({ line: null, value });
      rowStart = rowEnd;
    }
    return { file, sha256: hash.digest("hex"), rows };
  } finally {
    await handle.close();
  }
}

/** Where the library fails, or a check of ours, the file is the reason. */
async function attempt<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(
      `${file}: is a parquet file that can't be read (${(error as Error).message}); it may be damaged: download it again`,
    );
  }
}

async function digest(handle: FileHandle, hash: Hash): Promise<void> {
  const chunk = Buffer.alloc(1 << 20);
  for (let position = 0; ; ) {
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, position);
    if (bytesRead === 0) return;
    hash.update(chunk.subarray(0, bytesRead));
    position += bytesRead;
  }
}

async function read(handle: FileHandle, from: number, to: number, size: number): Promise<ArrayBuffer> {
  if (!(from >= 0 && to >= from && to <= size)) throw new Error(`names bytes ${from} to ${to} of ${size}`);
  const bytes = new Uint8Array(to - from);
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
  if (bytesRead !== bytes.length) throw new Error(`ends at byte ${from + bytesRead}`);
  return bytes.buffer;
}

function columnsOf(metadata: FileMetaData, file: string): string[] {
  const names = parquetSchema(metadata).children.map(({ element }) => element.name);
  const known = names.filter((name) => rowKeys.has(name));
  if (known.length > 0) return known;
  const some = names.slice(0, 8).map((name) => JSON.stringify(name.slice(0, 40)));
  throw new DataError(
    `${file}: has the columns ${some.join(", ")}${names.length > 8 ? ", …" : ""}; expected some of ${[...rowKeys].join(", ")}`,
  );
}

/** The number of rows. What the metadata announces is checked before anything of that size is made. */
function checkSizes(metadata: FileMetaData, columns: readonly string[], bound: number, file: string): number {
  let rows = 0;
  let bytes = 0;
  for (const group of metadata.row_groups) {
    rows += Number(group.num_rows);
    for (const { meta_data, file_path } of group.columns) {
      if (file_path || !meta_data)
        throw new DataError(`${file}: has columns in other files or encrypted; write it again as one file`);
      if (columns.includes(meta_data.path_in_schema[0]!)) bytes += Number(meta_data.total_uncompressed_size);
    }
  }
  if (rows !== Number(metadata.num_rows))
    throw new DataError(
      `${file}: its row groups have ${rows} rows, its metadata says ${metadata.num_rows}; it is damaged`,
    );
  if (bytes > bound || rows * 64 > bound)
    throw new DataError(
      `${file}: ${rows.toLocaleString("en")} rows, ${megabytes(bytes)} decompressed; at most ${megabytes(bound)} are read, half of the memory that is free: split it, or give Node more (NODE_OPTIONS=--max-old-space-size=…)`,
    );
  return rows;
}

/** Walks a column chunk's pages: their sizes, counts and the lengths of their runs are allocated as they are written. */
async function checkPages(
  file: AsyncBuffer,
  column: ColumnMetaData,
  { schema }: FileMetaData,
  bound: number,
): Promise<void> {
  const name = column.path_in_schema.join(".");
  const from = Number(column.dictionary_page_offset || column.data_page_offset);
  const to = from + Number(column.total_compressed_size);
  const reader = { view: new DataView(await file.slice(from, to)), offset: 0 };
  const path = getSchemaPath(schema, column.path_in_schema);
  let values = 0;
  let bytes = 0;
  while (reader.offset < reader.view.byteLength - 1) {
    const header = parquetHeader(reader);
    const page = header.data_page_header ?? header.data_page_header_v2;
    const count = (page ?? header.dictionary_page_header)?.num_values ?? 0;
    const size = header.compressed_page_size;
    if (!(size >= 0 && size <= reader.view.byteLength - reader.offset))
      throw new Error(`column ${name}: a page of ${size} bytes does not fit`);
    if (!(header.uncompressed_page_size >= 0 && count >= 0))
      throw new Error(`column ${name}: a page has a negative size`);
    bytes += header.uncompressed_page_size;
    if (page) values += count;
    // A dictionary holds at least a length, of four bytes, for each text.
    if (bytes > bound || values * 16 > bound || (!page && count > header.uncompressed_page_size))
      throw new Error(`column ${name}: its pages have ${values} values, ${megabytes(bytes)}`);
    const { buffer } = reader.view;
    if (page) checkRunsOfPage(new Uint8Array(buffer, reader.offset, size), header, column, path);
    reader.offset += size;
  }
  if (values !== Number(column.num_values))
    throw new Error(`column ${name}: its pages have ${values} values, not ${column.num_values}`);
}

function checkRunsOfPage(
  bytes: Uint8Array,
  header: PageHeader,
  { codec, type }: ColumnMetaData,
  path: SchemaTree[],
): void {
  const { data_page_header: first, data_page_header_v2: second, uncompressed_page_size: size } = header;
  const of = {
    values: (first ?? second)!.num_values,
    encoding: (first ?? second)!.encoding,
    isBoolean: type === "BOOLEAN",
    repetition: getMaxRepetitionLevel(path),
    definition: getMaxDefinitionLevel(path),
  };
  if (first) checkPageV1(decompressPage(bytes, size, codec, bounded), of);
  if (!second) return;
  const before = second.repetition_levels_byte_length;
  const levels = before + second.definition_levels_byte_length;
  if (!(before >= 0 && levels >= before && levels <= Math.min(bytes.length, size)))
    throw new Error(`a page of ${bytes.length} bytes has levels of ${levels}`);
  checkLevelsV2(bytes, of, before);
  const rest = bytes.subarray(levels);
  checkValues(
    second.is_compressed === false ? rest : decompressPage(rest, size - levels, codec, bounded),
    of,
  );
}

/** Decompressors that make no more than a page's header says, which was checked. */
const bounded: Compressors = {
  ...compressors,
  GZIP: (input, length) => gunzipSync(input, { maxOutputLength: Math.max(1, length) }),
  BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
  ZSTD: (input, length) => decompressZstd(input, new Uint8Array(length)),
};
