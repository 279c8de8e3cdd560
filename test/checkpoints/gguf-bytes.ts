/** Writes GGUF files for tests, from the format's description and not from the reader. */

const types = {
  uint8: 0,
  int8: 1,
  uint16: 2,
  int16: 3,
  uint32: 4,
  int32: 5,
  float32: 6,
  bool: 7,
  string: 8,
  array: 9,
  uint64: 10,
  int64: 11,
  float64: 12,
} as const;
type Type = keyof typeof types;

const number = (write: (view: DataView) => void, bytes: number) => {
  const buffer = Buffer.alloc(bytes);
  write(new DataView(buffer.buffer, buffer.byteOffset));
  return buffer;
};
export const u32 = (value: number) => number((view) => view.setUint32(0, value, true), 4);
export const u64 = (value: number | bigint) => number((view) => view.setBigUint64(0, BigInt(value), true), 8);
export const text = (value: string | Uint8Array) => {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([u64(bytes.length), bytes]);
};

function scalar(type: Type, value: unknown): Buffer {
  switch (type) {
    case "uint8":
      return number((view) => view.setUint8(0, value as number), 1);
    case "int8":
      return number((view) => view.setInt8(0, value as number), 1);
    case "bool":
      return number((view) => view.setUint8(0, Number(value)), 1);
    case "uint16":
      return number((view) => view.setUint16(0, value as number, true), 2);
    case "int16":
      return number((view) => view.setInt16(0, value as number, true), 2);
    case "uint32":
      return u32(value as number);
    case "int32":
      return number((view) => view.setInt32(0, value as number, true), 4);
    case "float32":
      return number((view) => view.setFloat32(0, value as number, true), 4);
    case "float64":
      return number((view) => view.setFloat64(0, value as number, true), 8);
    case "uint64":
      return u64(value as bigint);
    case "int64":
      return number((view) => view.setBigInt64(0, BigInt(value as bigint), true), 8);
    case "string":
      return text(value as string);
    default:
      throw new TypeError(type);
  }
}

/** A list's element type and values; lists of lists have lists as values. */
export interface List {
  readonly of: Type;
  readonly values: readonly unknown[];
}

function list({ of, values }: List): Buffer {
  const each = (value: unknown) => (of === "array" ? list(value as List) : scalar(of, value));
  return Buffer.concat([u32(types[of]), u64(values.length), ...values.map(each)]);
}

/** A metadata entry: a type and a value, or a list. */
export type Entry = readonly [Type, unknown] | List;

export interface TensorBytes {
  readonly name: string;
  /** As the file lists them, the innermost first. */
  readonly dimensions: readonly (number | bigint)[];
  readonly type: number;
  readonly data: Uint8Array;
  /** From the start of the data; where the last tensor ended, by default. */
  readonly offset?: number | bigint;
}

export interface GgufFile {
  readonly magic?: string;
  readonly version?: number;
  readonly metadata?: Readonly<Record<string, Entry>> | readonly (readonly [string, Entry])[];
  readonly tensors?: readonly TensorBytes[];
  readonly tensorCount?: number | bigint;
  readonly entryCount?: number | bigint;
  readonly alignment?: number;
}

export function ggufBytes(file: GgufFile): Buffer {
  const { magic = "GGUF", version = 3, tensors = [], alignment = 32 } = file;
  const metadata = Array.isArray(file.metadata) ? file.metadata : Object.entries(file.metadata ?? {});
  const aligned = (bytes: Buffer) =>
    Buffer.concat([bytes, Buffer.alloc((alignment - (bytes.length % alignment)) % alignment)]);
  const parts: Buffer[] = [
    Buffer.from(magic),
    u32(version),
    u64(file.tensorCount ?? tensors.length),
    u64(file.entryCount ?? metadata.length),
  ];
  for (const [key, entry] of metadata as [string, Entry][]) {
    parts.push(text(key));
    if ("of" in entry) parts.push(u32(types.array), list(entry));
    else parts.push(u32(types[entry[0]]), scalar(entry[0], entry[1]));
  }
  const data: Buffer[] = [];
  let end = 0;
  for (const tensor of tensors) {
    parts.push(text(tensor.name), u32(tensor.dimensions.length), ...tensor.dimensions.map(u64));
    parts.push(u32(tensor.type), u64(tensor.offset ?? end));
    const bytes = aligned(Buffer.from(tensor.data));
    data.push(bytes);
    end += bytes.length;
  }
  return Buffer.concat([tensors.length > 0 ? aligned(Buffer.concat(parts)) : Buffer.concat(parts), ...data]);
}

/** Float32 values as bytes. */
export const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
