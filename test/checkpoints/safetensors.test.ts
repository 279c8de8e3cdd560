import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readSafetensors, readSafetensorsHeader, writeSafetensors } from "../../src/checkpoints/index.ts";

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "alright-safetensors-"));
  file = join(directory, "model.safetensors");
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const tensors = new Map([
  ["a.weight", { shape: [2, 3], data: Float32Array.of(1, -2.5, 0, 0.125, 3, 4) }],
  ["b.bias", { shape: [3], data: Float32Array.of(1 / 3, 0, 100) }],
  ["scalar", { shape: [], data: Float32Array.of(7) }],
]);

/** A file with any header and data. */
async function raw(header: unknown, data: Uint8Array = new Uint8Array()): Promise<void> {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  await writeFile(file, Buffer.concat([length, text, data]));
}

describe("what was written is read", () => {
  test("F32 comes back bit for bit, with its metadata", async () => {
    await writeSafetensors(file, tensors, { metadata: { step: "12" } });
    const read = await readSafetensors(file);
    expect(new Map(read.tensors)).toEqual(tensors);
    expect(read.metadata).toEqual({ format: "pt", step: "12" });
    expect(await readdir(directory)).toEqual(["model.safetensors"]);
  });

  test.each(["F16", "BF16"] as const)("%s comes back rounded", async (dtype) => {
    await writeSafetensors(file, tensors, { dtype });
    const read = await readSafetensors(file);
    expect(read.tensors.get("a.weight")).toEqual(tensors.get("a.weight"));
    expect(read.tensors.get("b.bias")!.data[0]).toBeCloseTo(1 / 3, 2);
    expect((await readSafetensorsHeader(file)).entries.every((entry) => entry.dtype === dtype)).toBe(true);
  });

  test("the bytes are those of the format: length, header, data", async () => {
    await writeSafetensors(file, new Map([["x", { shape: [1], data: Float32Array.of(1) }]]));
    const bytes = await readFile(file);
    const length = Number(bytes.readBigUInt64LE());
    expect(length % 8).toBe(0);
    const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
    expect(header.x).toEqual({ dtype: "F32", shape: [1], data_offsets: [0, 4] });
    expect(bytes.readFloatLE(8 + length)).toBe(1);
    expect(bytes.length).toBe(8 + length + 4);
  });

  test("masks and ids are left out; F64 is read as float32", async () => {
    const data = Buffer.alloc(1 + 8 + 8);
    data.writeDoubleLE(0.1, 9);
    await raw(
      {
        mask: { dtype: "BOOL", shape: [1], data_offsets: [0, 1] },
        ids: { dtype: "I64", shape: [1], data_offsets: [1, 9] },
        x: { dtype: "F64", shape: [1], data_offsets: [9, 17] },
      },
      data,
    );
    const read = await readSafetensors(file);
    expect([...read.tensors.keys()]).toEqual(["x"]);
    expect(read.tensors.get("x")!.data[0]).toBe(Math.fround(0.1));
  });

  test("a value too large for F16 is an error, and leaves the old file as it was", async () => {
    await writeSafetensors(file, tensors);
    const before = await readFile(file);
    const large = new Map([["w", { shape: [1], data: Float32Array.of(70000) }]]);
    await expect(writeSafetensors(file, large, { dtype: "F16" })).rejects.toThrow(
      /tensor "w" has the value 70000/,
    );
    expect(await readFile(file)).toEqual(before);
    expect(await readdir(directory)).toEqual(["model.safetensors"]);
  });

  test("a shape that does not match its data is an error", async () => {
    const wrong = new Map([["w", { shape: [2, 2], data: Float32Array.of(1) }]]);
    await expect(writeSafetensors(file, wrong)).rejects.toThrow(
      /"w" has 1 values; its shape \[2,2\] needs 4/,
    );
  });
});

describe("a damaged file is an error that names it", () => {
  test("not there", () => expect(readSafetensors(file)).rejects.toThrow(/model\.safetensors: not found/));

  test("cut anywhere", async () => {
    await writeSafetensors(file, tensors);
    const { length } = await readFile(file);
    for (const keep of [length - 1, length - 20, 60, 8, 7, 0]) {
      await truncate(file, keep);
      await expect(readSafetensors(file), `${keep} bytes`).rejects.toThrow(
        /model\.safetensors: .*(truncated|at least 8)/,
      );
    }
  });

  test("cut weights name the tensor", async () => {
    await writeSafetensors(file, tensors);
    await truncate(file, (await readFile(file)).length - 10);
    await expect(readSafetensors(file)).rejects.toThrow(
      /tensor "(b\.bias|scalar)": ends at byte \d+, but the file has \d+/,
    );
  });

  const four = new Uint8Array(4);
  const x = { dtype: "F32", shape: [1], data_offsets: [0, 4] };
  test.each<[string, unknown, Uint8Array, RegExp]>([
    ["no JSON", "{not json", four, /header is not valid JSON/],
    ["a list", [], four, /header is not a JSON object/],
    ["an entry that is no object", { x: 1 }, four, /tensor "x": header entry is not an object/],
    ["an unknown type", { x: { ...x, dtype: "F13" } }, four, /unknown dtype "F13"/],
    ["a type named like an object's method", { x: { ...x, dtype: "toString" } }, four, /unknown dtype/],
    ["a negative length", { x: { ...x, shape: [-1] } }, four, /shape \[-1\] is not/],
    ["a fractional length", { x: { ...x, shape: [0.5, 2] } }, four, /shape \[0\.5,2\] is not/],
    ["a product past 2^53", { x: { ...x, shape: [2 ** 40, 2 ** 40] } }, four, /span 4 bytes/],
    ["offsets backwards", { x: { ...x, data_offsets: [4, 0] } }, four, /span -4 bytes/],
    ["one offset", { x: { ...x, data_offsets: [0] } }, four, /data_offsets \[0\]/],
    ["a size other than the shape's", { x: { ...x, shape: [2] } }, four, /span 4 bytes; F32 \[2\] takes 8/],
    ["past the end", { x: { ...x, shape: [1e9], data_offsets: [0, 4e9] } }, four, /"x": ends at byte/],
    ["overlap", { x, y: x }, four, /overlaps tensor "x"/],
    [
      "a gap",
      { x: { ...x, data_offsets: [4, 8] } },
      new Uint8Array(8),
      /4 bytes between the header and tensor "x"/,
    ],
    ["bytes left over", { x }, new Uint8Array(6), /2 bytes after tensor "x"/],
  ])("%s", async (_, header, data, message) => {
    await raw(header, data);
    await expect(readSafetensors(file)).rejects.toThrow(message);
    await expect(readSafetensors(file)).rejects.toThrow(/^.*model\.safetensors: /);
  });

  test("a header length of 2^63 allocates nothing", async () => {
    const bytes = Buffer.alloc(16, 0xff);
    bytes[7] = 0x7f;
    await writeFile(file, bytes);
    await expect(readSafetensors(file)).rejects.toThrow(/header length 9223372036854775807 is over/);
  });
});
