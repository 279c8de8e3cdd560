import { parseJson } from "../parse-json.ts";
import { shown } from "../shown.ts";
import { CheckpointError } from "./error.ts";

/** Bytes of one element, by safetensors' names. */
export const elementBytes: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  I64: 8,
  U64: 8,
  F64: 8,
};

/** Where a tensor lies in its file. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** From the start of the file. */
  readonly offset: number;
  readonly bytes: number;
}

export interface Header {
  readonly entries: readonly TensorEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Longest header read, in bytes: some 100,000 tensors of one file. The reference implementation reads six times as much,
 * which takes seconds before anything can be checked (36 MB: 2.3 s).
 */
export const longestHeader = 16_000_000;

/**
 * Checks a safetensors header: every shape, type and offset, and that the tensors fill the file without gap or overlap.
 *
 * @param text the header's JSON
 * @param start where the data begins, in bytes from the start of the file
 * @param size the file's length in bytes
 */
export function parseHeader(text: string, start: number, size: number, file: string): Header {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (error) {
    throw new CheckpointError(`${file}: header is not valid JSON (${(error as Error).message})`);
  }
  if (!isObject(json)) throw new CheckpointError(`${file}: header is not a JSON object`);

  const metadata: Record<string, string> = {};
  const entries: TensorEntry[] = [];
  for (const [name, value] of Object.entries(json)) {
    if (name === "__metadata__") {
      if (isObject(value))
        for (const [key, entry] of Object.entries(value))
          if (typeof entry === "string") metadata[key] = entry;
      continue;
    }
    entries.push(parseEntry(name, value, start, size, file));
  }

  entries.sort((a, b) => a.offset - b.offset || a.bytes - b.bytes);
  let end = start;
  let before = "the header";
  for (const entry of entries) {
    if (entry.offset < end)
      throw new CheckpointError(
        `${file}: tensor "${entry.name}" overlaps ${before} (it begins at byte ${entry.offset - start} of the data, before byte ${end - start}); the file is damaged`,
      );
    if (entry.offset > end)
      throw new CheckpointError(
        `${file}: ${entry.offset - end} bytes between ${before} and tensor "${entry.name}" belong to no tensor; the file is damaged`,
      );
    end = entry.offset + entry.bytes;
    before = `tensor "${entry.name}"`;
  }
  if (end !== size)
    throw new CheckpointError(
      `${file}: ${size - end} bytes after ${before} belong to no tensor; the file is damaged`,
    );
  return { entries, metadata };
}

function parseEntry(name: string, value: unknown, start: number, size: number, file: string): TensorEntry {
  const fail = (why: string): never => {
    throw new CheckpointError(`${file}: tensor "${name}": ${why}`);
  };
  if (!isObject(value)) return fail("header entry is not an object");
  const { dtype, shape, data_offsets: offsets } = value;
  const unit =
    typeof dtype === "string" && Object.hasOwn(elementBytes, dtype) ? elementBytes[dtype] : undefined;
  if (typeof dtype !== "string" || unit === undefined)
    return fail(`unknown dtype ${shown(dtype)}; expected one of ${Object.keys(elementBytes).join(", ")}`);
  if (!Array.isArray(shape) || !shape.every(isCount))
    return fail(`shape ${shown(shape)} is not a list of non-negative integers`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    return fail(`data_offsets ${shown(offsets)} are not two non-negative integers`);
  const [from, to] = offsets as [number, number];
  const bytes = shape.reduce<number>((product, length) => product * length, unit);
  if (!Number.isSafeInteger(bytes) || to - from !== bytes)
    return fail(
      `data_offsets [${from}, ${to}] span ${to - from} bytes; ${dtype} ${shown(shape)} takes ${bytes}`,
    );
  if (start + to > size)
    return fail(
      `ends at byte ${start + to}, but the file has ${size}: the file is truncated; copy or download it again`,
    );
  return { name, dtype, shape, offset: start + from, bytes };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
