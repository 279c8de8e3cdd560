import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseSpecification } from "../../src/runs/parse-specification.ts";
import type { Tokenizer } from "../../src/text/index.ts";
import { computedIn } from "../../src/training/cached.ts";
import { loadLanguageData } from "../../src/training/language-data.ts";

const directory = mkdtempSync(join(tmpdir(), "alright-token-cache-"));
afterAll(() => rmSync(directory, { recursive: true }));
const model = join(directory, "model");

let encoded = 0;
const tokenizer: Tokenizer = {
  encode(text) {
    encoded++;
    return Int32Array.from(text, (c) => c.charCodeAt(0));
  },
  decode: (ids) => String.fromCharCode(...Array.from(ids)),
  vocabulary: 128,
  bos: null,
  eos: "$".charCodeAt(0),
  eosText: "$",
};

beforeAll(() => {
  mkdirSync(model);
  writeFileSync(join(model, "tokenizer.json"), "{}");
  const rows = Array.from({ length: 2000 }, (_, i) => ({
    prompt: `p${i}`,
    chosen: "c".repeat(1 + (i % 7)),
    rejected: "r",
  }));
  writeFileSync(join(directory, "dpo.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
});

async function load(more: object = {}, from: string | null = model) {
  const specification = parseSpecification({
    model: "pythia-tiny",
    data: { dpo: join(directory, "dpo.jsonl") },
    method: { name: "dpo" },
    maxLength: 30,
    tooLong: "skip",
    ...more,
  });
  const cache = join(directory, ".cache");
  const preparation = { note: () => {}, checkpoint: () => {}, cache };
  encoded = 0;
  const { dpo } = await loadLanguageData(specification, tokenizer, preparation, from);
  return { dpo, encoded };
}

test("a large data set is tokenised once, and read back as it was", async () => {
  const first = await load();
  expect(first.encoded).toBeGreaterThan(2000);
  const second = await load();
  expect(second.encoded).toBe(0);
  expect(second.dpo).toEqual(first.dpo);
  const without = await load({}, null);
  expect(without.encoded).toBe(first.encoded);
  expect(without.dpo).toEqual(first.dpo);
  expect(computedIn(join(directory, ".cache")).map(({ kind }) => kind)).toEqual(["tokens-dpo"]);
  expect(readdirSync(join(directory, ".cache"))).toHaveLength(2);
});

test("another template, length or tokenizer makes other tokens", async () => {
  expect((await load({ template: "Q {prompt} A " })).encoded).toBeGreaterThan(0);
  expect((await load({ maxLength: 31 })).encoded).toBeGreaterThan(0);
  writeFileSync(join(model, "tokenizer.json"), "{ }");
  expect((await load()).encoded).toBeGreaterThan(0);
  expect((await load()).encoded).toBe(0);
});
