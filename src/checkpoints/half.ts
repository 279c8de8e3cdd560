/** The 16-bit floats of model files, to and from float32. */

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** Every float16 as float32; made when first needed (256 kB). */
let float16Table: Float32Array | undefined;

function makeFloat16Table(): Float32Array {
  const table = new Float32Array(65536);
  for (let half = 0; half < 65536; half++) {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >>> 10) & 0x1f;
    const mantissa = half & 0x3ff;
    if (exponent === 0) table[half] = sign * mantissa * 2 ** -24;
    else if (exponent === 31) table[half] = mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    else table[half] = sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
  }
  return table;
}

/** The value of each of the 65,536 float16s, by its bits. */
export function float16Values(): Float32Array {
  float16Table ??= makeFloat16Table();
  return float16Table;
}

/** IEEE 754 binary16 → float32, exact. */
export function fromFloat16(source: Uint16Array, into: Float32Array): void {
  const values = float16Values();
  for (let i = 0; i < source.length; i++) into[i] = values[source[i]!]!;
}

/** bfloat16 → float32, exact: the upper half of its bits. */
export function fromBfloat16(source: Uint16Array, into: Float32Array): void {
  const target = new Uint32Array(into.buffer, into.byteOffset, into.length);
  for (let i = 0; i < source.length; i++) target[i] = source[i]! << 16;
}

/** float32 → binary16, rounded to nearest, ties to even; too large becomes infinity. */
export function toFloat16(source: Float32Array, into: Uint16Array): void {
  for (let i = 0; i < source.length; i++) {
    float[0] = source[i]!;
    const value = bits[0]!;
    const sign = (value >>> 16) & 0x8000;
    const exponent = ((value >>> 23) & 0xff) - 127;
    const mantissa = value & 0x7fffff;
    if (exponent === 128) into[i] = sign | 0x7c00 | (mantissa ? 0x200 : 0);
    else if (exponent > 15) into[i] = sign | 0x7c00;
    else if (exponent >= -14) into[i] = sign | roundShift(((exponent + 15) << 23) | mantissa, 13);
    else if (exponent >= -25) into[i] = sign | roundShift(mantissa | 0x800000, -exponent - 1);
    else into[i] = sign;
  }
}

/** float32 → bfloat16, rounded to nearest, ties to even. */
export function toBfloat16(source: Float32Array, into: Uint16Array): void {
  for (let i = 0; i < source.length; i++) {
    float[0] = source[i]!;
    const value = bits[0]!;
    const nan = (value & 0x7fffffff) > 0x7f800000;
    into[i] = nan ? (value >>> 16) | 0x40 : roundShift(value, 16);
  }
}

/** `value / 2^shift`, rounded to nearest, ties to even. */
function roundShift(value: number, shift: number): number {
  const kept = value >>> shift;
  const rest = value & (2 ** shift - 1);
  const half = 2 ** (shift - 1);
  return rest > half || (rest === half && kept & 1) ? kept + 1 : kept;
}
