/** GGUF files against the gguf package, transformers and tokenizers; make-gguf-fixtures.py says how the files were made. */
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import {
  loadModel,
  loadModelTokenizer,
  readGguf,
  readSafetensors,
  saveTokenizer,
} from "../../src/checkpoints/index.ts";
import { createLearner } from "../../src/engine/index.ts";
import { ggufTokenizer, loadTokenizer, makeTokenizer } from "../../src/text/index.ts";

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

interface Texts {
  readonly texts: readonly { readonly text: string; readonly ids: number[] }[];
}
interface Model extends Texts {
  readonly vocabulary: number;
  readonly rope?: Record<string, unknown>;
  readonly ids: number[];
  readonly logProbs: number[];
}
interface Document {
  readonly llama: Model;
  readonly neox: Model;
  readonly cuts: Record<string, Texts & { readonly tokens: string[]; readonly merges: string[] }>;
}
const document: Document = JSON.parse(readFileSync(fixture("gguf-models.json"), "utf8"));

describe("tensors have the bits that ggml gives them", async () => {
  const { tensors } = await readGguf(fixture("gguf-types.gguf"));
  const { tensors: expected } = await readSafetensors(fixture("gguf-types.safetensors"));
  test.each([...expected.keys()])("%s", (name) => {
    expect(tensors.get(name)!.shape).toEqual(expected.get(name)!.shape);
    expect(tensors.get(name)!.data).toEqual(expected.get(name)!.data);
  });
  test("of all types", () => expect([...tensors.keys()].sort()).toEqual([...expected.keys()].sort()));
});

describe.each(["llama", "neox"] as const)("the model gguf-%s.gguf", (name) => {
  const file = fixture(`gguf-${name}.gguf`);

  test("has transformers' tensors: names, shapes, order of rows", async () => {
    const { tensors } = await loadModel(file);
    const { tensors: expected } = await readSafetensors(fixture(`gguf-${name}.safetensors`));
    expect([...tensors.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [key, tensor] of expected) expect(tensors.get(key), key).toEqual(tensor);
  });

  test("gives transformers' log-probabilities", async () => {
    const { ids, logProbs } = document[name];
    const learner = await createLearner(await loadModel(file), { lora: null, seed: 0, threads: 1 });
    const examples = logProbs.map((_, i) => ({
      row: i,
      prompt: Int32Array.from(ids.slice(0, i + 1)),
      responses: [Int32Array.of(ids[i + 1]!)],
    }));
    const result = await learner.logProbs(examples);
    await learner.dispose();
    for (const [i, expected] of logProbs.entries())
      expect(Math.abs(result.logProbs[i]! - expected)).toBeLessThan(1e-4);
  });

  test("has its tokenizer, with the ids that tokenizers gives", async () => {
    const tokenizer = await loadModelTokenizer(file);
    const { texts, vocabulary } = document[name];
    for (const { text, ids } of texts) expect([...tokenizer.encode(text)], JSON.stringify(text)).toEqual(ids);
    expect(tokenizer.vocabulary).toBe(vocabulary);
    expect(tokenizer).toMatchObject({ eos: 0, eosText: "<|end|>", bos: name === "llama" ? 1 : null });
  });

  test("its tokenizer, written as tokenizer.json, is the same one", async () => {
    const directory = await mkdtemp(join(tmpdir(), "alright-gguf-"));
    await saveTokenizer(file, directory);
    const written = await loadTokenizer(directory);
    for (const { text, ids } of document[name].texts) expect([...written.encode(text)]).toEqual(ids);
    expect(written.bos).toBe(name === "llama" ? 1 : null);
    const settings = JSON.parse(await readFile(join(directory, "tokenizer_config.json"), "utf8"));
    expect(settings).toMatchObject({ bos_token: "<|start|>", eos_token: "<|end|>", model_max_length: 64 });
    await rm(directory, { recursive: true });
  });
});

test("Llama 3's scaling of positions follows from the factors in the file", async () => {
  const { config } = await loadModel(fixture("gguf-llama.gguf"));
  const { rope_theta, ...scaling } = document.llama.rope!;
  expect(config.rope_theta).toBe(rope_theta);
  expect(config.rope_scaling).toEqual(scaling);
});

describe("the ways to cut words", () => {
  const metadataOf = (pre: string) => {
    const { tokens, merges } = document.cuts[pre]!;
    const types = Int32Array.from(tokens, (token) =>
      ["<|end|>", "<|start|>"].includes(token) ? 3 : token.endsWith("think>") ? 4 : 1,
    );
    return new Map<string, unknown>([
      ["general.architecture", "llama"],
      ["tokenizer.ggml.model", "gpt2"],
      ["tokenizer.ggml.pre", pre],
      ["tokenizer.ggml.tokens", tokens],
      ["tokenizer.ggml.token_type", types],
      ["tokenizer.ggml.merges", merges],
      ["tokenizer.ggml.eos_token_id", 0],
    ]);
  };
  const changed = (change: Record<string, unknown>) => {
    const metadata = metadataOf("smollm");
    for (const [key, value] of Object.entries(change))
      if (value === undefined) metadata.delete(`tokenizer.ggml.${key}`);
      else metadata.set(`tokenizer.ggml.${key}`, value);
    return () => ggufTokenizer(metadata, "model.gguf");
  };

  test.each(Object.keys(document.cuts))("%s", (pre) => {
    const files = ggufTokenizer(metadataOf(pre), "model.gguf");
    const tokenizer = makeTokenizer(files, { file: "model.gguf", directory: "model.gguf" });
    for (const { text, ids } of document.cuts[pre]!.texts)
      expect([...tokenizer.encode(text)], JSON.stringify(text)).toEqual(ids);
  });

  test.each<[Record<string, unknown>, RegExp]>([
    [{ model: "llama" }, /model\.gguf: its tokenizer is of kind "llama".*give the Hugging Face directory/],
    [{ model: undefined }, /model\.gguf: has no tokenizer/],
    [{ pre: undefined }, /"tokenizer\.ggml\.pre" is missing/],
    [{ pre: "toString" }, /cuts text into words as "toString"/],
    [{ tokens: undefined }, /"tokenizer\.ggml\.tokens" is missing/],
    [{ tokens: 3 }, /"tokenizer\.ggml\.tokens" is no list of texts/],
    [{ tokens: ["a", "b", "a"], merges: [], token_type: [1, 1, 1] }, /tokens 0 and 2 are both "a"/],
    [{ merges: ["a"] }, /merge 0 is "a"/],
    [{ merges: ["a never-a-token"] }, /merge 0 is "a never-a-token"/],
    [{ token_type: [1] }, /"tokenizer\.ggml\.token_type" has 1 elements/],
    [{ eos_token_id: undefined }, /names no end token/],
    [{ eos_token_id: 100_000 }, /"tokenizer\.ggml\.eos_token_id" is 100000; there are \d+ tokens/],
  ])("a tokenizer that can't be read is an error: %j", (change, message) =>
    expect(changed(change)).toThrow(message),
  );

  test("a BOS token is added where the file asks for it", () => {
    const tokenizer = (change: Record<string, unknown>) =>
      makeTokenizer(changed({ bos_token_id: 1, ...change })(), { file: "", directory: "" });
    expect(tokenizer({ add_bos_token: true }).bos).toBe(1);
    expect(tokenizer({ add_bos_token: false }).bos).toBeNull();
    expect(tokenizer({}).bos).toBeNull();
  });
});
