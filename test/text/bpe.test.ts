import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Random } from "../../src/data/random.ts";
import {
  countWords,
  loadTokenizer,
  type Tokenizer,
  trainBytePairs,
  writeTokenizer,
} from "../../src/text/index.ts";

const end = "<|endoftext|>";
let directory: string;
let tokenizer: Tokenizer;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "alright-text-"));
  const counts = countWords(`${"low lower lowest newer newest wider. ".repeat(20)}It's naïve — 東京 🐳\n\n`);
  await writeTokenizer(directory, trainBytePairs(counts, { vocabulary: 300, specials: [end] }), {
    eosText: end,
    maxLength: 512,
  });
  tokenizer = await loadTokenizer(directory);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe("byte-level BPE", () => {
  test("merges the most frequent pair first; ties go to the lower ids", () => {
    // Sennrich et al. 2016, figure 1: {low: 5, lower: 2, newest: 6, widest: 3} begins with e s → es, es t → est.
    const counts = new Map([
      ["low", 5],
      ["lower", 2],
      ["newest", 6],
      ["widest", 3],
    ]);
    const { merges } = trainBytePairs(counts, { vocabulary: 257 + 3, specials: [end] });
    expect(merges).toEqual([
      ["e", "s"],
      ["es", "t"],
      ["l", "o"],
    ]);
  });

  test("counts a run of one letter as it is merged", () => {
    const { merges, tokens } = trainBytePairs(new Map([["aaaaa", 3]]), { vocabulary: 260, specials: [end] });
    expect(merges[0]).toEqual(["a", "a"]);
    // aa aa a: (aa, a) and (aa, aa) are seen three times each, and "a" has the lower id.
    expect(merges[1]).toEqual(["aa", "a"]);
    expect(tokens).toHaveLength(260);
  });

  test("a vocabulary without room for the bytes is an error that names the range", () => {
    expect(() => trainBytePairs(new Map(), { vocabulary: 100, specials: [end] })).toThrow(
      /100: expected 257/,
    );
  });

  test.each(["low lower", "It's naïve — 東京 🐳\n\n  two  spaces ", "\u0000\u00ad\t\r\n", "1234,5"])(
    "%j comes back as it was",
    (text) => expect(tokenizer.decode(tokenizer.encode(text))).toBe(text),
  );

  test("uses its merges, knows its end token and adds no BOS", () => {
    expect(tokenizer.encode("lower newest").length).toBeLessThan(6);
    expect(tokenizer.eosText).toBe(end);
    expect(tokenizer.eos).toBe(0);
    expect(tokenizer.bos).toBeNull();
    expect(tokenizer.vocabulary).toBeLessThanOrEqual(300);
    expect(Array.from(tokenizer.encode(` ${end}`))).toEqual([...tokenizer.encode(" "), 0]);
  });

  test("equals counting all pairs anew before each merge", () => {
    const seed = Date.now() % 1e6;
    console.log(`seed ${seed}`);
    const random = new Random(seed);
    const counts = new Map<string, number>();
    for (let i = 0; i < 60; i++) {
      const letters = Array.from({ length: 1 + random.integer(8) }, () => "abc"[random.integer(3)]);
      counts.set(letters.join(""), 1 + random.integer(9));
    }
    const options = { vocabulary: 257 + 40, specials: [end] };
    expect(trainBytePairs(counts, options).merges).toEqual(naiveMerges(counts, 40));
  });
});

/** The definition, slow: letters are ASCII, so their order is that of their ids. */
function naiveMerges(counts: ReadonlyMap<string, number>, merges: number): [string, string][] {
  const ids = new Map(Array.from({ length: 128 }, (_, code) => [String.fromCharCode(code), code]));
  const words = [...counts].map(([word, count]) => ({ parts: [...word], count }));
  const result: [string, string][] = [];
  while (result.length < merges) {
    const pairs = new Map<string, number>();
    for (const { parts, count } of words)
      for (let i = 1; i < parts.length; i++) {
        const pair = `${parts[i - 1]} ${parts[i]}`;
        pairs.set(pair, (pairs.get(pair) ?? 0) + count);
      }
    const rank = (pair: string) => pair.split(" ").map((part) => ids.get(part)!);
    const [best] = [...pairs]
      .filter(([, count]) => count >= 2)
      .sort(([p, a], [q, b]) => b - a || rank(p)[0]! - rank(q)[0]! || rank(p)[1]! - rank(q)[1]!);
    if (!best) break;
    const [left, right] = best[0].split(" ") as [string, string];
    ids.set(left + right, 1000 + result.length);
    result.push([left, right]);
    for (const word of words) {
      const next: string[] = [];
      for (let i = 0; i < word.parts.length; i++) {
        if (word.parts[i] === left && word.parts[i + 1] === right) {
          next.push(left + right);
          i++;
        } else next.push(word.parts[i]!);
      }
      word.parts = next;
    }
  }
  return result;
}

describe("a tokenizer directory", () => {
  test("without tokenizer.json is an error that names the file", async () => {
    await expect(loadTokenizer(join(directory, "nowhere"))).rejects.toThrow(
      /nowhere.*tokenizer\.json: not found/,
    );
  });

  test("with broken JSON is an error that names the file", async () => {
    const broken = await mkdtemp(join(tmpdir(), "alright-text-"));
    await writeFile(join(broken, "tokenizer.json"), "{");
    await expect(loadTokenizer(broken)).rejects.toThrow(/tokenizer\.json: not valid JSON/);
    await writeFile(join(broken, "tokenizer.json"), "[]");
    await expect(loadTokenizer(broken)).rejects.toThrow(/expected a JSON object/);
    await rm(broken, { recursive: true });
  });
});
