import { CheckpointError } from "./error.ts";

/** Reads `length` bytes of a file from `from` on; both lie within the file. */
export type ReadRange = (from: number, length: number) => Uint8Array;

/** A list in GGUF metadata: texts and lists as they are, numbers as a typed array. */
export type GgufArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | readonly string[]
  | readonly GgufArray[];

/** A metadata value. 64-bit integers are numbers where a number holds them exactly. */
export type GgufValue = number | bigint | boolean | string | GgufArray;

/** How much of a file is read at a time while going through its header. */
const window = 1 << 20;
/** Metadata and tensor list may take this much; those of the largest vocabularies take some 10 MB. */
const longestHeader = 1 << 29;
/** Lists of lists end here; llama.cpp writes none. */
const deepest = 4;

const string = 8;
const list = 9;

/** The fixed-size types of metadata by GGUF's number (a bool is a byte). */
const fixed: Readonly<Record<number, { bytes: number; array: (bytes: ArrayBuffer) => GgufArray }>> = {
  0: { bytes: 1, array: (bytes) => new Uint8Array(bytes) },
  1: { bytes: 1, array: (bytes) => new Int8Array(bytes) },
  2: { bytes: 2, array: (bytes) => new Uint16Array(bytes) },
  3: { bytes: 2, array: (bytes) => new Int16Array(bytes) },
  4: { bytes: 4, array: (bytes) => new Uint32Array(bytes) },
  5: { bytes: 4, array: (bytes) => new Int32Array(bytes) },
  6: { bytes: 4, array: (bytes) => new Float32Array(bytes) },
  7: { bytes: 1, array: (bytes) => new Uint8Array(bytes) },
  10: { bytes: 8, array: (bytes) => new BigUint64Array(bytes) },
  11: { bytes: 8, array: (bytes) => new BigInt64Array(bytes) },
  12: { bytes: 8, array: (bytes) => new Float64Array(bytes) },
};

/** Goes through a GGUF header; every length and count is checked against what is left before memory is taken for it. */
export class GgufCursor {
  position = 0;
  readonly #read: ReadRange;
  readonly #size: number;
  readonly #file: string;
  #window: Uint8Array = new Uint8Array();
  #windowStart = 0;

  constructor(read: ReadRange, size: number, file: string) {
    this.#read = read;
    this.#size = size;
    this.#file = file;
  }

  fail(why: string): never {
    throw new CheckpointError(`${this.#file}: ${why}`);
  }

  /** Bytes that may still belong to the header. */
  get left(): number {
    return Math.min(this.#size, longestHeader) - this.position;
  }

  /** The next `length` bytes; valid until the next call. */
  bytes(length: number, what: string): Uint8Array {
    if (length > this.left)
      this.fail(
        this.#size > longestHeader
          ? `${what} goes beyond the first ${longestHeader} bytes, where the header must end; the file is damaged`
          : `ended within ${what}: it takes ${length} bytes, ${this.left} are left; the file is truncated or damaged`,
      );
    const from = this.position;
    this.position += length;
    if (length > window) return this.#read(from, length);
    if (from < this.#windowStart || from + length > this.#windowStart + this.#window.length) {
      this.#window = this.#read(from, Math.min(window, this.#size - from));
      this.#windowStart = from;
    }
    return this.#window.subarray(from - this.#windowStart, from - this.#windowStart + length);
  }

  uint32(what: string): number {
    return view(this.bytes(4, what)).getUint32(0, true);
  }

  /** A count or length of 64 bits, of things of at least `unit` bytes each that are all still to come. */
  count(what: string, unit: number): number {
    const count = view(this.bytes(8, what)).getBigUint64(0, true);
    const most = Math.floor(this.left / unit);
    if (count > BigInt(most))
      this.fail(
        `${what} is ${count}; the ${this.left} bytes that are left hold ${most} at most: the file is truncated or damaged`,
      );
    return Number(count);
  }

  /** An unsigned number of 64 bits that a JavaScript number holds exactly. */
  uint64(what: string): number {
    const value = view(this.bytes(8, what)).getBigUint64(0, true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      this.fail(`${what} is ${value}; expected at most ${Number.MAX_SAFE_INTEGER}: the file is damaged`);
    return Number(value);
  }

  text(what: string): string {
    const length = this.count(`the length of ${what}`, 1);
    return new TextDecoder().decode(this.bytes(length, what));
  }

  /** A value: its type, then itself. */
  value(what: string): GgufValue {
    const type = this.uint32(`the type of ${what}`);
    if (type === string) return this.text(what);
    if (type === list) return this.#list(what, 1);
    const bytes = this.bytes(this.#fixed(type, what).bytes, what);
    return this.#scalar(type, view(bytes), what);
  }

  #scalar(type: number, from: DataView, what: string): number | bigint | boolean {
    switch (type) {
      case 0:
        return from.getUint8(0);
      case 1:
        return from.getInt8(0);
      case 2:
        return from.getUint16(0, true);
      case 3:
        return from.getInt16(0, true);
      case 4:
        return from.getUint32(0, true);
      case 5:
        return from.getInt32(0, true);
      case 6:
        return from.getFloat32(0, true);
      case 7: {
        const byte = from.getUint8(0);
        if (byte > 1) this.fail(`${what} is a bool of value ${byte}; expected 0 or 1`);
        return byte === 1;
      }
      case 10:
        return asNumber(from.getBigUint64(0, true));
      case 11:
        return asNumber(from.getBigInt64(0, true));
      default:
        return from.getFloat64(0, true);
    }
  }

  #list(what: string, depth: number): GgufArray {
    if (depth > deepest) this.fail(`${what} has lists within lists, over ${deepest} deep`);
    const type = this.uint32(`the element type of ${what}`);
    const length = `the number of elements of ${what}`;
    if (type === string) {
      const count = this.count(length, 8);
      return Array.from({ length: count }, (_, i) => this.text(`element ${i} of ${what}`));
    }
    if (type === list) {
      const count = this.count(length, 12);
      return Array.from({ length: count }, (_, i) => this.#list(`element ${i} of ${what}`, depth + 1));
    }
    const { bytes, array } = this.#fixed(type, what);
    const count = this.count(length, bytes);
    return array(Uint8Array.from(this.bytes(count * bytes, what)).buffer);
  }

  #fixed(type: number, what: string) {
    return (
      fixed[type] ?? this.fail(`${what} has the value type ${type}; expected 0 to 12: the file is damaged`)
    );
  }
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function asNumber(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
