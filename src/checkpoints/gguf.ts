import { readSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { inFile, type TensorData } from "./checkpoint.ts";
import { CheckpointError } from "./error.ts";
import { openFile, readBytes, readNow } from "./file.ts";
import type { GgufValue } from "./gguf-cursor.ts";
import { type GgufEntry, type GgufHeader, parseGgufHeader } from "./gguf-header.ts";

/** A GGUF file: its metadata, and its tensors under their GGUF names, as float32. */
export interface Gguf {
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, TensorData>;
}

/**
 * Reads a GGUF file, range by range: metadata, and every tensor as float32, with exactly the values that ggml gives.
 *
 * @throws CheckpointError naming the file, and the key or tensor where there is one
 */
export async function readGguf(file: string): Promise<Gguf> {
  const handle = await openFile(file);
  try {
    const { metadata, entries } = await readHeader(handle, file);
    const tensors = new Map<string, TensorData>();
    for (const entry of entries)
      tensors.set(entry.name, { shape: entry.shape, data: await readTensor(handle, entry, file) });
    return { metadata, tensors };
  } finally {
    await handle.close();
  }
}

/** As {@link readGguf}, but the tensors stay in the file, and are decoded whenever they are read. */
export async function openGgufTensors(file: string): Promise<Gguf> {
  const { metadata, entries } = await readGgufHeader(file);
  const tensors = entries.map((entry) => [entry.name, stay(entry, file)] as const);
  return { metadata, tensors: new Map(tensors) };
}

function stay(entry: GgufEntry, file: string): TensorData {
  const { name, type, shape, offset } = entry;
  return inFile(shape, {
    read(from, into) {
      // Whole blocks, from the one that holds the first number to the one that holds the last.
      const first = Math.floor(from / type.values);
      const last = Math.ceil((from + into.length) / type.values);
      const stored = readNow(
        file,
        offset + first * type.bytes,
        (last - first) * type.bytes,
        `tensor "${name}"`,
      );
      const aligned = from === first * type.values && into.length === (last - first) * type.values;
      const decoded = aligned ? into : new Float32Array((last - first) * type.values);
      type.decode(stored, decoded);
      if (!aligned) {
        const start = from - first * type.values;
        into.set(decoded.subarray(start, start + into.length));
      }
    },
  });
}

/** The header alone: metadata, and names, types and shapes of the tensors without their data. */
export async function readGgufHeader(file: string): Promise<GgufHeader> {
  const handle = await openFile(file);
  try {
    return await readHeader(handle, file);
  } finally {
    await handle.close();
  }
}

async function readHeader(handle: FileHandle, file: string): Promise<GgufHeader> {
  const { size } = await handle.stat();
  const read = (from: number, length: number) => {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const part = readSync(handle.fd, bytes, done, length - done, from + done);
      if (part === 0) throw new CheckpointError(`${file}: ended early; was it changed while being read?`);
      done += part;
    }
    return bytes;
  };
  return parseGgufHeader(read, size, file);
}

async function readTensor(handle: FileHandle, entry: GgufEntry, file: string): Promise<Float32Array> {
  const { name, type, shape, offset, bytes } = entry;
  const stored = await readBytes(handle, offset, bytes, file, `tensor "${name}"`);
  const data = new Float32Array(shape.reduce((product, length) => product * length, 1));
  type.decode(stored, data);
  return data;
}
