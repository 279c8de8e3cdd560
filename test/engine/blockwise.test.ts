import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { loadModel, openModel, saveModel } from "../../src/checkpoints/index.ts";
import type { Example } from "../../src/data/examples.ts";
import { createLearner, initialise, type LanguageLearner, type LoraOptions } from "../../src/engine/index.ts";
import { uniform } from "../../src/models/random.ts";
import { dpo, type Objective, sft } from "../../src/objectives/index.ts";
import { randomSeed } from "../seed.ts";

// The whole plan is checked against finite differences and PyTorch; the blockwise one against the whole one.

const seed = randomSeed();
const config = {
  model_type: "gpt_neox",
  hidden_size: 16,
  num_hidden_layers: 3,
  num_attention_heads: 2,
  intermediate_size: 32,
  vocab_size: 40,
  max_position_embeddings: 64,
  rotary_pct: 0.5,
  initializer_range: 0.3,
};
const lora: LoraOptions = { rank: 3, alpha: 6, targets: ["query_key_value", "dense_4h_to_h"], dropout: 0 };
const llama = {
  model_type: "llama",
  num_attention_heads: 4,
  num_key_value_heads: 2,
  tie_word_embeddings: true,
  rope_theta: 10_000,
};
const someLayers: LoraOptions = {
  ...lora,
  targets: ["layers.1.attention.query_key_value", "mlp.dense_h_to_4h"],
};

const open: LanguageLearner[] = [];
afterEach(async () => {
  for (const learner of open.splice(0)) await learner.dispose();
});

function randomExamples(responses: 1 | 2, rows: number): Example[] {
  const random = uniform(seed + 1);
  const text = (length: number) =>
    Int32Array.from({ length }, () => Math.floor(random() * config.vocab_size));
  const size = (most: number) => 1 + Math.floor(random() * most);
  return Array.from({ length: rows }, (_, row) => ({
    row,
    prompt: text(size(6)),
    responses: Array.from({ length: responses }, () => text(size(7))),
  }));
}

async function both(changes: object, adapter: LoraOptions | null): Promise<LanguageLearner[]> {
  const learners: LanguageLearner[] = [];
  for (const plan of ["whole", "blockwise"] as const) {
    const checkpoint = initialise({ ...config, ...changes }, seed);
    const learner = await createLearner(checkpoint, {
      lora: adapter,
      seed,
      threads: 1,
      plan,
      tokenBudget: 24,
    });
    const random = uniform(seed);
    if (adapter)
      for (const { data } of learner.parameters)
        for (let i = 0; i < data.length; i++) data[i] = random() - 0.5;
    learners.push(learner);
    open.push(learner);
  }
  return learners;
}

const objectives: [string, Objective][] = [
  ["sft", sft()],
  ["dpo", dpo({ beta: 0.3, labelSmoothing: 0.1 })],
  ["an objective that no graph knows", (({ form: _, ...unknown }) => unknown)(dpo({ beta: 0.3 }))],
];

describe.each([
  ["all weights", {}, null],
  ["all weights, sequential residual", { use_parallel_residual: false }, null],
  ["all weights, tied head", { tie_word_embeddings: true }, null],
  ["LoRA", {}, lora],
  ["LoRA with dropout", {}, { ...lora, dropout: 0.3 }],
  ["Llama, all weights", llama, null],
  ["Llama, LoRA", llama, { ...lora, targets: ["q_proj", "down_proj"], rslora: true }],
  ["LoRA on other modules in one layer than in the rest", {}, someLayers],
])(`blockwise as whole: %s (seed ${seed})`, (_, changes, adapter) => {
  it.each(objectives)("%s", async (_name, objective) => {
    const learners = await both(changes, adapter as LoraOptions | null);
    const responses = objective.shape === "preference" ? 2 : 1;
    const examples = randomExamples(responses, 7);
    const reference = new Float64Array(7 * responses).fill(-9);
    const results = [];
    for (const learner of learners) {
      const into = learner.parameters.map(({ data }) => new Float32Array(data.length));
      const result = await learner.gradient(examples, objective, reference, 0.7, into);
      const { logProbs } = await learner.logProbs(examples);
      results.push({ ...result, into, logProbs, names: learner.parameters.map(({ name }) => name) });
    }
    const [whole, blockwise] = results as [(typeof results)[0], (typeof results)[0]];
    expect(Math.abs(blockwise.loss - whole.loss)).toBeLessThan(1e-5 * Math.abs(whole.loss));
    expect(blockwise.names).toEqual(whole.names);
    for (const [i, value] of whole.logProbs.entries())
      expect(Math.abs(blockwise.logProbs[i]! - value)).toBeLessThan(2e-5 * Math.abs(value));
    for (const [p, gradient] of whole.into.entries()) {
      const size = Math.hypot(...gradient);
      const difference = Math.hypot(...gradient.map((x, i) => x - blockwise.into[p]![i]!));
      expect(difference, whole.names[p]).toBeLessThan(1e-4 * size + 1e-7);
      expect(size, whole.names[p]).toBeGreaterThan(0);
    }
  });
});

describe.each(["F32", "BF16"] as const)("weights that stay in their file, %s", (dtype) => {
  it("give the same numbers as weights in memory, also after a merge", async () => {
    const directory = mkdtempSync(join(tmpdir(), "alright-streamed-"));
    try {
      await saveModel(directory, initialise(config, seed), { dtype });
      const examples = randomExamples(2, 20);
      const reference = new Float64Array(40).fill(-9);
      const results: { loss: number; into: Float32Array[]; merged: Float64Array }[] = [];
      for (const load of [loadModel, openModel]) {
        const checkpoint = await load(directory);
        const learner = await createLearner(checkpoint, {
          lora,
          seed,
          threads: 1,
          plan: "blockwise",
          tokenBudget: 24,
        });
        open.push(learner);
        const random = uniform(seed);
        for (const { data } of learner.parameters)
          for (let i = 0; i < data.length; i++) data[i] = random() - 0.5;
        const into = learner.parameters.map(({ data }) => new Float32Array(data.length));
        const { loss } = await learner.gradient(examples, dpo(), reference, 1, into);
        await learner.merge(3);
        results.push({ loss, into, merged: (await learner.logProbs(examples)).logProbs });
      }
      expect(results[1]).toEqual(results[0]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

it.each(["gguf-neox.gguf", "gguf-llama.gguf"])(
  "%s: weights that stay in it are those read from it",
  async (name) => {
    const file = fileURLToPath(new URL(`../parity/fixtures/${name}`, import.meta.url));
    const [kept, left] = [await loadModel(file), await openModel(file)];
    expect(left.config).toEqual(kept.config);
    expect([...left.tensors.keys()]).toEqual([...kept.tensors.keys()]);
    for (const [name, tensor] of kept.tensors) {
      const { stored, data, shape } = left.tensors.get(name)!;
      expect(shape, name).toEqual(tensor.shape);
      expect(data, name).toEqual(tensor.data);
      const part = new Float32Array(Math.min(7, tensor.data.length - 3));
      stored!.read(3, part);
      expect(part, name).toEqual(tensor.data.slice(3, 3 + part.length));
    }
  },
);
