/** Attention to a cache with grouped queries, against plain loops in double precision. */
import { expect, it } from "vitest";
import { Random } from "../../src/data/random.ts";
import { rotaryTables } from "../../src/engine/feeds.ts";
import { KeyValueCache } from "../../src/engine/key-value-cache.ts";
import { createSession, type Feed } from "../../src/engine/session.ts";
import { cachedAttention, cachedInputs, cacheNames } from "../../src/models/index.ts";
import { input } from "../../src/tensor/index.ts";
import { randomSeed } from "../seed.ts";

const seed = randomSeed(1e6);

interface Shape {
  readonly heads: number;
  readonly keyHeads: number;
  readonly headDim: number;
  readonly turned: number;
}

/** One token's projections. */
interface Token {
  readonly query: Float32Array;
  readonly key: Float32Array;
  readonly value: Float32Array;
}

function turn(row: ArrayLike<number>, position: number, frequencies: Float32Array): number[] {
  const half = frequencies.length;
  const turned = Array.from(row);
  for (let i = 0; i < half; i++) {
    const angle = position * frequencies[i]!;
    turned[i] = row[i]! * Math.cos(angle) - row[i + half]! * Math.sin(angle);
    turned[i + half] = row[i + half]! * Math.cos(angle) + row[i]! * Math.sin(angle);
  }
  return turned;
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

/** What the last of a text's tokens gets. */
function expected(text: readonly Token[], shape: Shape, frequencies: Float32Array): number[] {
  const { heads, keyHeads, headDim } = shape;
  const part = (row: Float32Array, head: number) => row.subarray(head * headDim, (head + 1) * headDim);
  const at = text.length - 1;
  return Array.from({ length: heads }, (_, head) => {
    const group = Math.floor(head / (heads / keyHeads));
    const query = turn(part(text[at]!.query, head), at, frequencies);
    const scores = text.map(({ key }, position) =>
      Math.exp(dot(query, turn(part(key, group), position, frequencies)) / Math.sqrt(headDim)),
    );
    const sum = scores.reduce((a, b) => a + b, 0);
    return Array.from({ length: headDim }, (_, i) =>
      text.reduce((mixed, { value }, t) => mixed + (scores[t]! / sum) * part(value, group)[i]!, 0),
    );
  }).flat();
}

it.each([
  { heads: 6, keyHeads: 2, headDim: 8, turned: 8 },
  { heads: 4, keyHeads: 4, headDim: 16, turned: 4 },
  { heads: 3, keyHeads: 1, headDim: 12, turned: 12 },
])("$heads heads, $keyHeads of keys, of $headDim numbers, of which $turned turn", async (shape) => {
  console.log(`seed ${seed}`);
  const { heads, keyHeads, headDim, turned } = shape;
  const random = new Random(seed, "attention");
  const frequencies = Float32Array.from({ length: turned / 2 }, (_, i) => 10_000 ** ((-2 * i) / turned));
  const numbers = (count: number) => Float32Array.from({ length: count * headDim }, () => random.normal());
  const token = (): Token => ({
    query: numbers(heads),
    key: numbers(keyHeads),
    value: numbers(keyHeads),
  });

  const inputs = cachedInputs(turned / 2);
  const attention = cachedAttention(inputs);
  const of = { heads, keyHeads, headDim };
  const mixed = attention.grouped(
    input("query", ["tokens", heads * headDim]),
    input("key", ["tokens", keyHeads * headDim]),
    input("value", ["tokens", keyHeads * headDim]),
    of,
  );
  const names = cacheNames(0).fresh;
  const { fresh: made } = attention.layers[0]!;
  const outputs = { mixed, [names.key]: made.key, [names.value]: made.value };
  const session = await createSession(outputs, { threads: 1 });
  const cache = new KeyValueCache(attention.layers, 3);
  const tables = rotaryTables(frequencies)(16);

  /** New tokens of the texts in slots from `from` on, as many of each; checks every one against plain numbers. */
  const check = async (from: number, texts: readonly (readonly Token[])[], fresh: number) => {
    const before = Int32Array.from(texts, (text) => text.length - fresh);
    const tokens = texts.flatMap((text) => text.slice(-fresh));
    const rows = (part: keyof Token): Feed => {
      const data = Float32Array.from(tokens.flatMap((one) => [...one[part]]));
      return { type: "float32", data, shape: [tokens.length, data.length / tokens.length] };
    };
    const positions = BigInt64Array.from(
      [...before].flatMap((length) => Array.from({ length: fresh }, (_, i) => BigInt(length + i))),
    );
    const last = before.map((length) => length + fresh - 1);
    const count = texts.length;
    const total = Math.max(...last) + 1;
    const results = await session.run(
      new Map<string, Feed>([
        ["query", rows("query")],
        ["key", rows("key")],
        ["value", rows("value")],
        ["grid", { type: "int64", data: BigInt64Array.of(BigInt(count), BigInt(fresh), -1n), shape: [3] }],
        ["positions", { type: "int64", data: positions, shape: [count, fresh] }],
        ["last", { type: "int32", data: last, shape: [count] }],
        ["total", { type: "int32", data: Int32Array.of(total), shape: [] }],
        ...Object.entries(tables),
        ...cache.feeds(from, count, total),
      ]),
    );
    cache.write(from, before, results);
    const found = results.get("mixed")!;
    for (const [s, text] of texts.entries()) {
      for (let i = 0; i < fresh; i++) {
        const wanted = expected(text.slice(0, text.length - fresh + i + 1), shape, frequencies);
        const start = (s * fresh + i) * heads * headDim;
        for (const [j, value] of wanted.entries())
          expect(Math.abs(found[start + j]! - value), `seed ${seed}`).toBeLessThan(2e-5);
      }
    }
  };

  const texts = [5, 1, 9].map((length) => Array.from({ length }, token));
  for (const [slot, text] of texts.entries()) await check(slot, [text], text.length);
  for (let step = 0; step < 3; step++) {
    for (const text of texts) text.push(token());
    await check(0, texts, 1);
  }
  // The first text ends, the last takes its slot.
  cache.move(2, 0, texts[2]!.length);
  const rest = [texts[2]!, texts[1]!];
  for (const text of rest) text.push(token());
  await check(0, rest, 1);
  await session.dispose();
});
