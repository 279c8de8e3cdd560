import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadSft } from "../../src/data/index.ts";
import { modelOf } from "../../src/models/index.ts";
import { targetedLayers } from "../../src/models/targets.ts";
import { parseJson } from "../../src/parse-json.ts";
import { isEvent } from "../../src/runs/check-event.ts";
import { shown } from "../../src/shown.ts";
import { makeTokenizer } from "../../src/text/index.ts";

/** Files that somebody made with care, which chance alone seldom finds. Each must be refused at once, in words. */

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "alright-attacks-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const plain = {
  added_tokens: [{ id: 0, content: "<|end|>", special: true }],
  normalizer: null,
  pre_tokenizer: { type: "ByteLevel" },
  post_processor: null,
  decoder: { type: "ByteLevel" },
  model: { type: "BPE", vocab: { a: 1, b: 2, Ġ: 3 }, merges: [] },
};
const tokenizer = (changes: object) =>
  makeTokenizer(
    { definition: { ...plain, ...changes }, settings: { eos_token: "<|end|>" } },
    { file: "tokenizer.json", directory: "." },
  );

test("the plain tokenizer is none of them", () => {
  expect([...tokenizer({}).encode("ab a")]).toEqual([1, 2, 3, 1]);
});

test.each<[string, object, RegExp]>([
  [
    "a token with the number 4294967290",
    { added_tokens: [{ id: 4294967290, content: "x" }] },
    /added_tokens\.0\.id is 4294967290; expected a whole number below/,
  ],
  [
    "a token of two million letters",
    { added_tokens: [{ id: 0, content: "x".repeat(2e6) }] },
    /added_tokens\.0\.content is "x+…"; expected a text of at most 1000/,
  ],
  [
    "replacements that double the text forty times",
    {
      normalizer: {
        type: "Sequence",
        normalizers: Array(40).fill({ type: "Replace", pattern: { String: "a" }, content: "aa" }),
      },
    },
    /normalizer\.normalizers\.8 .*256 times longer/,
  ],
  [
    "pieces of no length",
    { pre_tokenizer: { type: "FixedLength", length: 0 } },
    /pre_tokenizer\.length is 0/,
  ],
  [
    "steps within steps, a thousand deep",
    {
      pre_tokenizer: Array(1000)
        .fill(0)
        .reduce((inner) => ({ type: "Sequence", pretokenizers: [inner] }), null),
    },
    /at most 8 steps within one another/,
  ],
  [
    "a template that is a text",
    { post_processor: { type: "TemplateProcessing", single: "[A]" } },
    /post_processor\.single is "\[A\]"/,
  ],
])("%s is refused", (_, changes, message) => {
  expect(() => tokenizer(changes)).toThrow(message);
});

test("an expression that backtracks for ever ends after a time, and costs known expressions nothing", () => {
  const pre_tokenizer = { type: "Split", pattern: { Regex: "(a+)+$" }, behavior: "Isolated" };
  const { encode } = tokenizer({ pre_tokenizer });
  expect(() => encode(`${"a".repeat(60)}!`)).toThrow(
    /tokenizer.json: can't encode a text in \d+ ms; its regular expr/,
  );
  expect([...encode("ab")]).toEqual([1, 2]);
});

const config = {
  model_type: "llama",
  hidden_size: 8,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 8,
  vocab_size: 8,
};

test.each<[string, object, RegExp]>([
  [
    "2⁵³ layers",
    { num_hidden_layers: 2 ** 53 - 1 },
    /"num_hidden_layers" is 9007199254740991; expected at most 10000/,
  ],
  ["heads of 2³¹ numbers", { head_dim: 2 ** 31 - 2 }, /"head_dim" is 2147483646; expected at most/],
  [
    "a family that every object has",
    { model_type: "constructor" },
    /"model_type" is "constructor"; supported/,
  ],
  ["a scaling that is a text", { rope_scaling: "linear" }, /"rope_scaling" is "linear"; expected an object/],
])("%s are refused", (_, changes, message) => {
  expect(() => modelOf({ ...config, ...changes })).toThrow(message);
});

test("an adapter's target that backtracks for ever is refused", () => {
  const model = modelOf(config);
  expect(() => targetedLayers(model, "(.+)+x")).toThrow(/lora.targets: \["\(\.\+\)\+x"\] took over 1000 ms/);
  expect(() => targetedLayers(model, [`${"*".repeat(60)}x`])).toThrow(/lora.targets: .* took over 1000 ms/);
});

test("64 million brackets in 64 kB are refused", async () => {
  const file = join(directory, "rows.json.gz");
  await writeFile(file, gzipSync(Buffer.alloc(2 ** 26, "[")));
  await expect(loadSft(file)).rejects.toThrow(/rows.json.gz: .*(nested deeper than 1000 levels|MB)/);
});

test("JSON is as deep as it is, whatever its strings have", () => {
  const text = JSON.stringify([`"${"[".repeat(5000)}\\`, "x".repeat(2 ** 20)]);
  expect(parseJson(text)).toEqual(JSON.parse(text));
  const deep = "[".repeat(1001) + "]".repeat(1001);
  expect(() => parseJson(deep + " ".repeat(2 ** 20))).toThrow(/deeper than 1000/);
});

test("values in messages are short, and never deeper than they show", () => {
  let deep: unknown = 1;
  for (let i = 0; i < 1e6; i++) deep = [deep];
  expect(shown(deep).length).toBeLessThan(60);
  expect(shown(Array(1e6).fill(7)).length).toBeLessThan(120);
  expect(shown({ a: [1, "b", null], c: undefined })).toBe('{"a":[1,"b",null],"c":undefined}');
});

test("events with numbers of other types are none", () => {
  const step = { type: "step", step: 1, losses: { dpo: 1 }, tokens: 1, seconds: 1 };
  expect(isEvent(step)).toBe(true);
  expect(isEvent({ ...step, losses: { dpo: Number.NaN } })).toBe(true);
  expect(isEvent({ ...step, losses: { dpo: "1" } })).toBe(false);
  expect(isEvent({ ...step, losses: null })).toBe(false);
  expect(isEvent({ ...step, step: -1 })).toBe(false);
  expect(isEvent({ ...step, seconds: Number.NaN })).toBe(false);
  expect(isEvent({ ...step, type: "constructor" })).toBe(true); // unknown kinds are passed over
});
