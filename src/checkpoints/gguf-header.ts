import { type GgmlType, ggmlTypes, otherGgmlTypes } from "./dequantise.ts";
import { GgufCursor, type GgufValue, type ReadRange } from "./gguf-cursor.ts";

/** Where a tensor lies in a GGUF file. */
export interface GgufEntry {
  readonly name: string;
  readonly type: GgmlType;
  /** As PyTorch has it: the reverse of what the file lists, whose first dimension is the innermost. */
  readonly shape: readonly number[];
  /** From the start of the file. */
  readonly offset: number;
  readonly bytes: number;
}

export interface GgufHeader {
  readonly version: number;
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly entries: readonly GgufEntry[];
}

const magic = 0x46554747; // "GGUF", little endian
/** The shortest metadata entry: empty key, type, one byte. */
const leastEntry = 8 + 4 + 1;
/** The shortest tensor entry: empty name, number of dimensions, type, offset. */
const leastTensor = 8 + 4 + 4 + 8;
const mostDimensions = 4;
const defaultAlignment = 32;

/**
 * Reads and checks the header of a GGUF file, version 2 or 3, little endian
 * (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): every count, length and offset, and that no two tensors
 * share bytes, so that all tensors together need no more memory than the file warrants.
 *
 * @throws CheckpointError naming the file, and the key or tensor
 */
export function parseGgufHeader(read: ReadRange, size: number, file: string): GgufHeader {
  const cursor = new GgufCursor(read, size, file);
  if (size < 24) cursor.fail(`${size} bytes; a GGUF file has at least 24`);
  const found = cursor.uint32("the magic");
  if (found !== magic)
    cursor.fail(`begins with ${JSON.stringify(magicText(found))}; a GGUF file begins with "GGUF"`);
  const version = cursor.uint32("the version");
  if (version !== 2 && version !== 3)
    cursor.fail(
      (version & 0xffff) === 0 && version !== 0
        ? "is a big-endian GGUF file; only little-endian ones are read"
        : `is GGUF version ${version}; versions 2 and 3 are read: convert the model anew with a current llama.cpp`,
    );
  const tensorCount = cursor.count("the number of tensors", leastTensor);
  const entryCount = cursor.count("the number of metadata entries", leastEntry);

  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < entryCount; i++) {
    const key = cursor.text(`the key of metadata entry ${i}`);
    if (metadata.has(key)) cursor.fail(`has the metadata key "${key}" twice; the file is damaged`);
    metadata.set(key, cursor.value(`metadata "${key}"`));
  }
  const alignment = metadata.get("general.alignment") ?? defaultAlignment;
  if (typeof alignment !== "number" || !isPowerOfTwo(alignment))
    return cursor.fail(`metadata "general.alignment" is ${String(alignment)}; expected a power of two`);

  const listed = new Map<string, Omit<GgufEntry, "name">>();
  for (let i = 0; i < tensorCount; i++) {
    const name = cursor.text(`the name of tensor ${i}`);
    if (listed.has(name)) cursor.fail(`has the tensor "${name}" twice; the file is damaged`);
    listed.set(name, readEntry(cursor, name, alignment));
  }
  const start = Math.ceil(cursor.position / alignment) * alignment;
  const entries = Array.from(listed, ([name, entry]) => ({ name, ...entry, offset: start + entry.offset }));
  checkExtents(entries, size, cursor);
  return { version, metadata, entries };
}

function readEntry(cursor: GgufCursor, name: string, alignment: number): Omit<GgufEntry, "name"> {
  const what = `tensor "${name}"`;
  const dimensions = cursor.uint32(`the number of dimensions of ${what}`);
  if (dimensions > mostDimensions)
    cursor.fail(`${what} has ${dimensions} dimensions; expected at most ${mostDimensions}`);
  const lengths = Array.from({ length: dimensions }, (_, i) => cursor.uint64(`dimension ${i} of ${what}`));
  const number = cursor.uint32(`the type of ${what}`);
  const offset = cursor.uint64(`the offset of ${what}`);
  const type = ggmlTypes.get(number);
  if (!type) {
    const supported = Array.from(ggmlTypes.values(), (each) => each.name).join(", ");
    return cursor.fail(
      `${what} is of type ${otherGgmlTypes.get(number) ?? number}; ${supported} are read: take a file quantised to one of these`,
    );
  }
  if (lengths.some((length) => length === 0)) cursor.fail(`${what} has a dimension of length 0`);
  if ((lengths[0] ?? 1) % type.values !== 0)
    cursor.fail(
      `${what} has rows of ${lengths[0] ?? 1} values; ${type.name} stores them in blocks of ${type.values}`,
    );
  const bytes = lengths.reduce((product, length) => product * length, type.bytes / type.values);
  if (!Number.isSafeInteger(bytes))
    cursor.fail(`${what} has the dimensions ${lengths.join(" × ")}: too many`);
  if (offset % alignment !== 0)
    cursor.fail(`${what} begins at byte ${offset} of the data; expected a multiple of ${alignment}`);
  return { type, shape: lengths.reverse(), offset, bytes };
}

function checkExtents(entries: readonly GgufEntry[], size: number, cursor: GgufCursor): void {
  let end = 0;
  let before = "";
  for (const { name, offset, bytes, type, shape } of [...entries].sort((a, b) => a.offset - b.offset)) {
    if (offset + bytes > size)
      cursor.fail(
        `tensor "${name}" (${type.name} ${JSON.stringify(shape)}) ends at byte ${offset + bytes}, but the file has ${size}: the file is truncated; copy or download it again`,
      );
    if (offset < end) cursor.fail(`tensor "${name}" overlaps tensor "${before}"; the file is damaged`);
    end = offset + bytes;
    before = name;
  }
}

function magicText(found: number): string {
  return String.fromCharCode(found & 255, (found >> 8) & 255, (found >> 16) & 255, found >>> 24);
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(value) && value > 0 && Number.isInteger(Math.log2(value));
}
