/**
 * The tensor types of GGUF files, as ggml stores them (ggml/src/ggml-common.h, ggml-quants.c): rows of blocks, each
 * with its own scale. Products of a scale and a small integer are exact in float32, so every value here has ggml's bits.
 */
import { float16Values, fromBfloat16, fromFloat16 } from "./half.ts";

export interface GgmlType {
  readonly name: string;
  /** Values in one block. */
  readonly values: number;
  /** Bytes of one block. */
  readonly bytes: number;
  /** Stored blocks (in memory aligned for float32) to float32. */
  readonly decode: (source: Uint8Array, into: Float32Array) => void;
}

/** One block: `at` is its first byte, `to` the place of its first value. */
type Block = (source: Uint8Array, at: number, into: Float32Array, to: number) => void;

function blocks(name: string, values: number, bytes: number, block: Block): GgmlType {
  return {
    name,
    values,
    bytes,
    decode(source, into) {
      const count = into.length / values;
      for (let i = 0; i < count; i++) block(source, i * bytes, into, i * values);
    },
  };
}

const words = (bytes: Uint8Array) =>
  new Uint16Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.byteLength / 2));
const signed = (byte: number) => (byte << 24) >> 24;

const half = (source: Uint8Array, at: number) => float16Values()[source[at]! | (source[at + 1]! << 8)]!;

const f32: GgmlType = {
  name: "F32",
  values: 1,
  bytes: 4,
  decode: (source, into) => into.set(new Float32Array(source.buffer, source.byteOffset, into.length)),
};
const f16: GgmlType = {
  name: "F16",
  values: 1,
  bytes: 2,
  decode: (source, into) => fromFloat16(words(source), into),
};
const bf16: GgmlType = {
  name: "BF16",
  values: 1,
  bytes: 2,
  decode: (source, into) => fromBfloat16(words(source), into),
};

/** d, 32 int8: d · q. */
const q8 = blocks("Q8_0", 32, 34, (source, at, into, to) => {
  const d = half(source, at);
  for (let i = 0; i < 32; i++) into[to + i] = d * signed(source[at + 2 + i]!);
});

/** d, 16 bytes of two 4-bit numbers each, the low halves first: d · (q − 8). */
const q4 = blocks("Q4_0", 32, 18, (source, at, into, to) => {
  const d = half(source, at);
  for (let i = 0; i < 16; i++) {
    const q = source[at + 2 + i]!;
    into[to + i] = d * ((q & 15) - 8);
    into[to + 16 + i] = d * ((q >> 4) - 8);
  }
});

/** d, m, then as Q4_0: d · q + m. */
const q4m = blocks("Q4_1", 32, 20, (source, at, into, to) => {
  const d = half(source, at);
  const m = half(source, at + 2);
  for (let i = 0; i < 16; i++) {
    const q = source[at + 4 + i]!;
    into[to + i] = d * (q & 15) + m;
    into[to + 16 + i] = d * (q >> 4) + m;
  }
});

/** d, the fifth bits of all 32, then as Q4_0: d · (q − 16). */
const q5 = blocks("Q5_0", 32, 22, (source, at, into, to) => {
  const d = half(source, at);
  for (let i = 0; i < 16; i++) {
    const q = source[at + 6 + i]!;
    into[to + i] = d * (((q & 15) | (fifthBit(source, at + 2, i) << 4)) - 16);
    into[to + 16 + i] = d * (((q >> 4) | (fifthBit(source, at + 2, 16 + i) << 4)) - 16);
  }
});

/** d, m, the fifth bits, then as Q4_0: d · q + m. */
const q5m = blocks("Q5_1", 32, 24, (source, at, into, to) => {
  const d = half(source, at);
  const m = half(source, at + 2);
  for (let i = 0; i < 16; i++) {
    const q = source[at + 8 + i]!;
    into[to + i] = d * ((q & 15) | (fifthBit(source, at + 4, i) << 4)) + m;
    into[to + 16 + i] = d * ((q >> 4) | (fifthBit(source, at + 4, 16 + i) << 4)) + m;
  }
});

function fifthBit(source: Uint8Array, at: number, i: number): number {
  return (source[at + (i >> 3)]! >> (i & 7)) & 1;
}

/**
 * The 6-bit scale and minimum of one of the eight parts of a Q4_K or Q5_K block: those of the first four parts in the low
 * bits of bytes 0–3 and 4–7, of the last four in the halves of bytes 8–11 and the high bits of bytes 0–7.
 */
function partScale(source: Uint8Array, at: number, part: number): { scale: number; minimum: number } {
  if (part < 4) return { scale: source[at + part]! & 63, minimum: source[at + part + 4]! & 63 };
  const low = source[at + part + 4]!;
  return {
    scale: (low & 15) | ((source[at + part - 4]! >> 6) << 4),
    minimum: (low >> 4) | ((source[at + part]! >> 6) << 4),
  };
}

/** d, dmin, scales of eight parts of 32, 128 bytes; a pair of parts shares 32 bytes: d · scale · q − dmin · minimum. */
const q4k = blocks("Q4_K", 256, 144, (source, at, into, to) => {
  const d = half(source, at);
  const dmin = half(source, at + 2);
  for (let part = 0; part < 8; part++) {
    const { scale, minimum } = partScale(source, at + 4, part);
    const factor = d * scale;
    const offset = dmin * minimum;
    const bytes = at + 16 + 32 * (part >> 1);
    const shift = 4 * (part & 1);
    for (let i = 0; i < 32; i++)
      into[to + 32 * part + i] = factor * ((source[bytes + i]! >> shift) & 15) - offset;
  }
});

/** As Q4_K, with 32 bytes of fifth bits, one bit of each byte a part. */
const q5k = blocks("Q5_K", 256, 176, (source, at, into, to) => {
  const d = half(source, at);
  const dmin = half(source, at + 2);
  for (let part = 0; part < 8; part++) {
    const { scale, minimum } = partScale(source, at + 4, part);
    const factor = d * scale;
    const offset = dmin * minimum;
    const bytes = at + 48 + 32 * (part >> 1);
    const shift = 4 * (part & 1);
    for (let i = 0; i < 32; i++) {
      const high = (source[at + 16 + i]! >> part) & 1;
      into[to + 32 * part + i] = factor * (((source[bytes + i]! >> shift) & 15) | (high << 4)) - offset;
    }
  }
});

/** 128 bytes of low halves, 64 of upper bits, 16 int8 scales, d: d · scale · (q − 32), a scale for 16 values. */
const q6k = blocks("Q6_K", 256, 210, (source, at, into, to) => {
  const d = half(source, at + 208);
  for (let i = 0; i < 256; i++) {
    const side = i >> 7; // the block's halves lie one after the other
    const within = i & 127;
    const low = source[at + 64 * side + (within & 63)]! >> (4 * (within >> 6));
    const high = source[at + 128 + 32 * side + (within & 31)]! >> (2 * (within >> 5));
    const q = ((low & 15) | ((high & 3) << 4)) - 32;
    into[to + i] = d * signed(source[at + 192 + (i >> 4)]!) * q;
  }
});

/** Types that are read, by ggml's number. */
export const ggmlTypes: ReadonlyMap<number, GgmlType> = new Map([
  [0, f32],
  [1, f16],
  [2, q4],
  [3, q4m],
  [6, q5],
  [7, q5m],
  [8, q8],
  [12, q4k],
  [13, q5k],
  [14, q6k],
  [30, bf16],
]);

/** Names of types that are not read, for messages. */
export const otherGgmlTypes: ReadonlyMap<number, string> = new Map([
  [9, "Q8_1"],
  [10, "Q2_K"],
  [11, "Q3_K"],
  [15, "Q8_K"],
  [16, "IQ2_XXS"],
  [17, "IQ2_XS"],
  [18, "IQ3_XXS"],
  [19, "IQ1_S"],
  [20, "IQ4_NL"],
  [21, "IQ3_S"],
  [22, "IQ2_S"],
  [23, "IQ4_XS"],
  [24, "I8"],
  [25, "I16"],
  [26, "I32"],
  [27, "I64"],
  [28, "F64"],
  [29, "IQ1_M"],
  [34, "TQ1_0"],
  [35, "TQ2_0"],
  [39, "MXFP4"],
]);
