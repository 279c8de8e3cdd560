import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { TensorData } from "./checkpoint.ts";
import { CheckpointError } from "./error.ts";
import { openFile, readBytes } from "./file.ts";
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from "./half.ts";
import { elementBytes, type Header, longestHeader, parseHeader, type TensorEntry } from "./header.ts";

/** Floating-point types that are read; tensors of other types (masks, position ids) are left out. */
const floats = new Set(["F64", "F32", "F16", "BF16"]);

/** Types that can be written. */
export type StoredType = "F32" | "F16" | "BF16";

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, TensorData>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads a safetensors file: every floating-point tensor, as float32. Lengths and offsets are checked before anything
 * of their size is allocated.
 *
 * @param options.names read these alone, each of which must be there
 * @throws CheckpointError naming the file, and the tensor where there is one
 */
export async function readSafetensors(
  file: string,
  options: { names?: Iterable<string> } = {},
): Promise<Safetensors> {
  const handle = await openFile(file);
  try {
    const { entries, metadata } = await readHeader(handle, file);
    const wanted = options.names ? choose(entries, options.names, file) : entries;
    const tensors = new Map<string, TensorData>();
    for (const entry of wanted) {
      if (!floats.has(entry.dtype)) continue;
      tensors.set(entry.name, { shape: entry.shape, data: await readTensor(handle, entry, file) });
    }
    return { tensors, metadata };
  } finally {
    await handle.close();
  }
}

/** The header alone: names, types and shapes without the data. */
export async function readSafetensorsHeader(file: string): Promise<Header> {
  const handle = await openFile(file);
  try {
    return await readHeader(handle, file);
  } finally {
    await handle.close();
  }
}

async function readHeader(handle: FileHandle, file: string): Promise<Header> {
  const { size } = await handle.stat();
  if (size < 8) throw new CheckpointError(`${file}: ${size} bytes; a safetensors file has at least 8`);
  const length = (await readBytes(handle, 0, 8, file, "the header length")).readBigUInt64LE();
  if (length > BigInt(longestHeader))
    throw new CheckpointError(
      `${file}: header length ${length} is over ${longestHeader} bytes: not a safetensors file, or damaged`,
    );
  const start = 8 + Number(length);
  if (start > size)
    throw new CheckpointError(
      `${file}: header ends at byte ${start}, but the file has ${size}: the file is truncated; copy or download it again`,
    );
  const text = (await readBytes(handle, 8, Number(length), file, "the header")).toString("utf8");
  return parseHeader(text, start, size, file);
}

function choose(entries: readonly TensorEntry[], names: Iterable<string>, file: string): TensorEntry[] {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  return Array.from(names, (name) => {
    const entry = byName.get(name);
    if (!entry) throw new CheckpointError(`${file}: tensor "${name}" is missing`);
    return entry;
  });
}

async function readTensor(handle: FileHandle, entry: TensorEntry, file: string): Promise<Float32Array> {
  const what = `tensor "${entry.name}"`;
  const bytes = await readBytes(handle, entry.offset, entry.bytes, file, what);
  const count = entry.bytes / elementBytes[entry.dtype]!;
  if (entry.dtype === "F32") return new Float32Array(bytes.buffer, bytes.byteOffset, count);
  if (entry.dtype === "F64")
    return Float32Array.from(new Float64Array(bytes.buffer, bytes.byteOffset, count));
  const data = new Float32Array(count);
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, count);
  if (entry.dtype === "F16") fromFloat16(halves, data);
  else fromBfloat16(halves, data);
  return data;
}

/**
 * Writes a safetensors file: beside its place, synced, then renamed, so that a reader finds the old file or the new one.
 *
 * @param options.sync false: the caller syncs the file and its directory itself
 * @throws CheckpointError where a shape does not match its data, or a finite value does not fit the type
 */
export async function writeSafetensors(
  file: string,
  tensors: ReadonlyMap<string, TensorData>,
  options: { dtype?: StoredType; metadata?: Readonly<Record<string, string>>; sync?: boolean } = {},
): Promise<void> {
  const { dtype = "F32", sync = true } = options;
  const header: Record<string, unknown> = { __metadata__: { format: "pt", ...options.metadata } };
  let offset = 0;
  for (const [name, tensor] of tensors) {
    const { shape } = tensor;
    const count = shape.reduce((product, length) => product * length, 1);
    // One that stays in its file is read only when it is written, and has as many values as its shape.
    if (!tensor.stored && count !== tensor.data.length)
      throw new CheckpointError(
        `${file}: tensor "${name}" has ${tensor.data.length} values; its shape ${JSON.stringify(shape)} needs ${count}`,
      );
    const end = offset + count * elementBytes[dtype]!;
    header[name] = { dtype, shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = JSON.stringify(header);
  const padding = (8 - (Buffer.byteLength(json) % 8)) % 8;
  const text = Buffer.from(json + " ".repeat(padding));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));

  const beside = `${file}.${process.pid}.partial`;
  const handle = await open(beside, "w");
  try {
    await handle.writeFile(Buffer.concat([length, text]));
    for (const [name, { data }] of tensors) await handle.writeFile(stored(name, data, dtype, file));
    if (sync) await handle.sync();
    await handle.close();
    await rename(beside, file);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(beside, { force: true });
    throw error;
  }
  if (!sync) return;
  const directory = await open(dirname(file), "r");
  await directory.sync().catch(() => undefined); // not every file system can
  await directory.close();
}

function stored(name: string, data: Float32Array, dtype: StoredType, file: string): Uint8Array {
  if (dtype === "F32") return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const halves = new Uint16Array(data.length);
  if (dtype === "BF16") toBfloat16(data, halves);
  else {
    toFloat16(data, halves);
    for (let i = 0; i < data.length; i++)
      if ((halves[i]! & 0x7fff) === 0x7c00 && Number.isFinite(data[i]))
        throw new CheckpointError(
          `${file}: tensor "${name}" has the value ${data[i]}, too large for F16 (65,504 at most); write it as F32 or BF16`,
        );
  }
  return new Uint8Array(halves.buffer);
}
