import { expect, test } from "vitest";
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from "../../src/checkpoints/half.ts";

function half(value: number): number {
  const into = new Uint16Array(1);
  toFloat16(Float32Array.of(value), into);
  return into[0]!;
}

test.each([
  // IEEE 754 binary16 (values of Wikipedia's table "Half precision examples").
  [0, 0x0000],
  [-0, 0x8000],
  [1, 0x3c00],
  [-2, 0xc000],
  [65504, 0x7bff],
  [65520, 0x7c00], // halfway to the next: to even, which is infinity
  [65519, 0x7bff],
  [1 / 3, 0x3555],
  [2 ** -14, 0x0400],
  [2 ** -24, 0x0001],
  [2 ** -25, 0x0000], // halfway to zero: to even
  [2 ** -25 * 1.5, 0x0001],
  [1023 * 2 ** -24, 0x03ff],
  [1023.5 * 2 ** -24, 0x0400], // the largest subnormal rounds up into the normals
  [Number.POSITIVE_INFINITY, 0x7c00],
])("%d is float16 %i", (value, bits) => expect(half(value)).toBe(bits));

test("every float16 goes to float32 and back", () => {
  const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const floats = new Float32Array(65536);
  const back = new Uint16Array(65536);
  fromFloat16(all, floats);
  toFloat16(floats, back);
  for (let i = 0; i < 65536; i++) {
    const nan = (i & 0x7c00) === 0x7c00 && (i & 0x3ff) !== 0;
    if (nan) expect((back[i]! & 0x7c00) === 0x7c00 && (back[i]! & 0x3ff) !== 0).toBe(true);
    else if (back[i] !== i) expect.fail(`0x${i.toString(16)} came back as 0x${back[i]!.toString(16)}`);
  }
});

test("rounding to float16 takes the nearest, ties to even", () => {
  const ulp = 2 ** -10;
  expect(half(1 + ulp / 2)).toBe(0x3c00);
  expect(half(1 + (3 * ulp) / 2)).toBe(0x3c02);
  expect(half(1 + ulp * 0.51)).toBe(0x3c01);
});

test("bfloat16 is the rounded upper half of a float32", () => {
  const into = new Uint16Array(4);
  // 1.00390625 = 1 + 2^-8 lies halfway between 1 and 1 + 2^-7: to even.
  toBfloat16(Float32Array.of(1, 1.00390625, 1.01171875, Number.NaN), into);
  expect(Array.from(into.subarray(0, 3))).toEqual([0x3f80, 0x3f80, 0x3f82]);
  const back = new Float32Array(4);
  fromBfloat16(into, back);
  expect(back[0]).toBe(1);
  expect(back[3]).toBeNaN();
});
