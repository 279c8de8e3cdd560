import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { assetPath } from "../../src/assets.ts";
import { loadModel, type ModelCheckpoint } from "../../src/checkpoints/index.ts";
import { Random } from "../../src/data/random.ts";
import { createGenerator, type DecodingOptions, type Generator } from "../../src/engine/generator.ts";
import { createLearner, initialise } from "../../src/engine/index.ts";
import { randomSeed } from "../seed.ts";

const tiny = {
  model_type: "gpt_neox",
  hidden_size: 32,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  intermediate_size: 48,
  vocab_size: 60,
  max_position_embeddings: 64,
  initializer_range: 0.4,
};
const seed = randomSeed(1e6);

function randomPrompts(lengths: readonly number[], vocabulary: number): Int32Array[] {
  const random = new Random(seed, "prompts");
  return lengths.map((length) => Int32Array.from({ length }, () => random.integer(vocabulary)));
}

/** All sequences to their ends. */
async function decoded(generator: Generator, prompts: readonly Int32Array[], options: DecodingOptions) {
  const decoding = generator.decode(prompts, options);
  const texts: number[][] = prompts.map(() => []);
  const ended: (string | null)[] = prompts.map(() => null);
  while (!decoding.done) {
    for (const one of await decoding.step()) {
      expect(ended[one.sequence]).toBeNull();
      texts[one.sequence]!.push(one.token);
      ended[one.sequence] = one.ended;
    }
  }
  return { texts, ended };
}

/** Checks every token of a greedy text against the whole forward pass of the training graph, which has no cache. */
async function expectLikeliest(
  checkpoint: ModelCheckpoint,
  prompt: Int32Array,
  text: readonly number[],
  candidates: readonly number[],
  from = 0,
) {
  const learner = await createLearner(checkpoint, { lora: null, seed: 0, threads: 1 });
  for (const [i, token] of text.entries()) {
    if (i < from) continue;
    const sofar = Int32Array.from([...prompt, ...text.slice(0, i)]);
    const responses = [...new Set([token, ...candidates])].map((id) => Int32Array.of(id));
    const { logProbs } = await learner.logProbs([{ row: 0, prompt: sofar, responses }]);
    const best = Math.max(...logProbs);
    expect(best - logProbs[0]!, `token ${i} of ${text} (seed ${seed})`).toBeLessThan(1e-4);
  }
  await learner.dispose();
}

const everyToken = Array.from({ length: tiny.vocab_size }, (_, id) => id);

describe("greedy decoding with a cache is greedy decoding without one", () => {
  const shapes: Readonly<Record<string, object>> = {
    "parallel residual, a quarter of each head turns": { rotary_pct: 0.25 },
    "sequential residual": { use_parallel_residual: false, rotary_pct: 0.5 },
    "whole heads turn, tied embeddings": { rotary_pct: 1, tie_word_embeddings: true },
    "heads of 12 numbers, which the kernel pads": { hidden_size: 48, rotary_pct: 0.5 },
    "one head": { num_attention_heads: 1, hidden_size: 8, rotary_pct: 1 },
  };
  for (const [name, change] of Object.entries(shapes)) {
    it(name, async () => {
      console.log(`seed ${seed}`);
      const checkpoint = initialise({ ...tiny, ...change }, seed);
      const generator = await createGenerator(checkpoint, { threads: 1 });
      const prompts = randomPrompts([7, 1, 20], tiny.vocab_size);
      const { texts } = await decoded(generator, prompts, { maxTokens: 12 });
      for (const [i, prompt] of prompts.entries())
        await expectLikeliest(checkpoint, prompt, texts[i]!, everyToken);
      await generator.dispose();
    });
  }

  it("long texts, for which the cache grows", async () => {
    const checkpoint = initialise({ ...tiny, max_position_embeddings: 200 }, seed);
    const generator = await createGenerator(checkpoint, { threads: 1 });
    const prompts = randomPrompts([60, 3, 70], tiny.vocab_size);
    const { texts } = await decoded(generator, prompts, { maxTokens: 80 });
    for (const [i, prompt] of prompts.entries())
      await expectLikeliest(checkpoint, prompt, texts[i]!, everyToken, 77);
    await generator.dispose();
  });

  const pythia = assetPath("models/pythia-tiny");
  it.skipIf(!existsSync(`${pythia}/model.safetensors`))("pythia-tiny", async () => {
    const checkpoint = await loadModel(pythia);
    const generator = await createGenerator(checkpoint, { threads: 1 });
    const prompt = randomPrompts([30], 4096)[0]!;
    const { texts } = await decoded(generator, [prompt], { maxTokens: 20 });
    const others = Array.from({ length: 4096 / 16 }, (_, i) => 16 * i + (seed % 16));
    await expectLikeliest(checkpoint, prompt, texts[0]!, others);
    await generator.dispose();
  });
});

describe("a batch", () => {
  const checkpoint = initialise(tiny, seed);
  const made = createGenerator(checkpoint, { threads: 1 });
  const prompts = randomPrompts([9, 2, 17, 5, 1, 30], tiny.vocab_size);

  it.each([
    ["greedy", {}],
    ["sampled", { temperature: 1.2, topP: 0.9, seed }],
  ])("gives what each prompt gives alone: %s", async (_, options) => {
    const generator = await made;
    // A token that ends sequences at different times, so that others take their places.
    const endless = (await decoded(generator, prompts, { ...options, maxTokens: 30, batchSize: 1 })).texts;
    const lengthsBy = (end: number) => new Set(endless.map((text) => text.indexOf(end)));
    const end = [...new Set(endless.flat())].reduce((a, b) =>
      lengthsBy(b).size > lengthsBy(a).size ? b : a,
    );
    const whole = { ...options, maxTokens: 30, ends: [end] };
    const alone = await decoded(generator, prompts, { ...whole, batchSize: 1 });
    expect(new Set(alone.texts.map((text) => text.length)).size, `seed ${seed}`).toBeGreaterThan(1);
    for (const batchSize of [2, 4, 8])
      expect(await decoded(generator, prompts, { ...whole, batchSize }), `seed ${seed}`).toEqual(alone);
  });

  it("goes on when the caller ends a sequence", async () => {
    const generator = await made;
    const options = { maxTokens: 10 };
    const { texts } = await decoded(generator, prompts, options);
    const decoding = generator.decode(prompts, { ...options, batchSize: 3 });
    const found: number[][] = prompts.map(() => []);
    while (!decoding.done) {
      for (const { sequence, token } of await decoding.step()) {
        found[sequence]!.push(token);
        if (sequence % 2 === 0 && found[sequence]!.length === 4) decoding.end(sequence);
      }
    }
    expect(found).toEqual(texts.map((text, i) => (i % 2 === 0 ? text.slice(0, 4) : text)));
  });

  it("depends on the seed alone", async () => {
    const generator = await made;
    const sample = (seed: number) => decoded(generator, prompts, { maxTokens: 20, temperature: 1, seed });
    expect(await sample(seed)).toEqual(await sample(seed));
    expect(await sample(seed)).not.toEqual(await sample(seed + 1));
  });
});

describe("the ends of a text", () => {
  const made = createGenerator(initialise(tiny, 5), { threads: 1 });
  const prompt = Int32Array.of(1, 2, 3);

  it("are an end token, the number of tokens, and the model's positions", async () => {
    const generator = await made;
    const { texts, ended } = await decoded(generator, [prompt], { maxTokens: 8 });
    expect(texts[0]).toHaveLength(8);
    expect(ended).toEqual(["length"]);
    const end = texts[0]![5]!;
    const first = texts[0]!.indexOf(end);
    expect(await decoded(generator, [prompt], { maxTokens: 8, ends: [end] })).toEqual({
      texts: [texts[0]!.slice(0, first + 1)],
      ended: ["end"],
    });
    const all = await decoded(generator, [prompt], { maxTokens: 1000 });
    expect(all.texts[0]).toHaveLength(64 - 3);
    expect(all.ended).toEqual(["length"]);
  });

  it("are errors where there is no room or no start", async () => {
    const generator = await made;
    expect(() => generator.decode([prompt, new Int32Array()])).toThrow("prompt 2 has no tokens");
    expect(() => generator.decode([new Int32Array(64)])).toThrow("prompt 1 has 64 tokens");
    expect(() => generator.decode([Int32Array.of(60)])).toThrow("outside the vocabulary of 60");
    expect(() => generator.decode([prompt], { maxTokens: 0 })).toThrow("maxTokens is 0");
    expect(() => generator.decode([prompt], { temperature: -1 })).toThrow("temperature is -1");
    expect(() => generator.decode([prompt], { topP: 0 })).toThrow("topP is 0");
  });
});

describe("an adapter", () => {
  it("is merged into the weights", async () => {
    const checkpoint = initialise(tiny, seed);
    const lora = { rank: 4, alpha: 8, targets: ["query_key_value", "dense_4h_to_h"], dropout: 0 };
    const learner = await createLearner(checkpoint, { lora, seed, threads: 1 });
    const random = new Random(seed, "adapter");
    for (const { data } of learner.parameters)
      for (let i = 0; i < data.length; i++) data[i] = 0.4 * random.normal();
    const tensors = new Map(
      learner.parameters.map(({ name, shape, data }) => [name, { shape, data: data as Float32Array }]),
    );
    const generator = await createGenerator(checkpoint, { adapters: [{ lora, tensors }], threads: 1 });
    const prompts = randomPrompts([6], tiny.vocab_size);
    const { texts } = await decoded(generator, prompts, { maxTokens: 10 });
    const merged = { config: checkpoint.config, tensors: learner.weights() };
    await expectLikeliest(merged, prompts[0]!, texts[0]!, everyToken);
    const plain = await decoded(await createGenerator(checkpoint, { threads: 1 }), prompts, {
      maxTokens: 10,
    });
    expect(plain.texts).not.toEqual(texts);
    tensors.delete(learner.parameters[0]!.name);
    const missing = createGenerator(checkpoint, { adapters: [{ lora, tensors }], threads: 1 });
    await expect(missing).rejects.toThrow("is missing");
  });
});
