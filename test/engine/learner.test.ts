import { afterEach, describe, expect, it } from "vitest";
import type { Example } from "../../src/data/examples.ts";
import {
  createLearner,
  initialise,
  type LanguageLearner,
  type LearnerResult,
  type LoraOptions,
} from "../../src/engine/index.ts";
import { uniform } from "../../src/models/random.ts";
import { type DpoOptions, dpo, type Objective, sft } from "../../src/objectives/index.ts";
import { derivative } from "../derivative.ts";
import { randomSeed } from "../seed.ts";

const seed = randomSeed();
const config = {
  model_type: "gpt_neox",
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 32,
  vocab_size: 40,
  max_position_embeddings: 64,
  rotary_pct: 0.5,
  initializer_range: 0.3,
};
const lora: LoraOptions = { rank: 3, alpha: 6, targets: ["query_key_value", "dense_4h_to_h"], dropout: 0 };

function randomExamples(responses: 1 | 2, rows: number, random: () => number): Example[] {
  const text = (length: number) =>
    Int32Array.from({ length }, () => Math.floor(random() * config.vocab_size));
  const size = (most: number) => 1 + Math.floor(random() * most);
  return Array.from({ length: rows }, (_, row) => ({
    row,
    prompt: text(size(6)),
    responses: Array.from({ length: responses }, () => text(size(7))),
  }));
}

const open: LanguageLearner[] = [];
afterEach(async () => {
  for (const learner of open.splice(0)) await learner.dispose();
});

async function learnerWith(options: { lora?: LoraOptions | null; tokenBudget?: number; config?: object }) {
  const checkpoint = initialise({ ...config, ...options.config }, seed);
  const learner = await createLearner(checkpoint, {
    lora: options.lora ?? null,
    seed,
    threads: 1,
    ...(options.tokenBudget ? { tokenBudget: options.tokenBudget } : {}),
  });
  open.push(learner);
  // B starts at zero; away from it A has a gradient, too. Not far: a model of large weights is sharper than float32.
  const random = uniform(seed);
  if (options.lora)
    for (const { data } of learner.parameters)
      for (let i = 0; i < data.length; i++) data[i] = (random() - 0.5) / 2;
  return learner;
}

const zeros = (learner: LanguageLearner) =>
  learner.parameters.map(({ data }) => new Float32Array(data.length));

/** The derivative of the loss along a direction, by central differences. */
async function alongDirection(
  learner: LanguageLearner,
  directions: readonly Float32Array[],
  loss: () => Promise<number>,
): Promise<number> {
  const start = learner.parameters.map(({ data }) => Float64Array.from(data));
  const at = async (distance: number) => {
    for (const [p, { data }] of learner.parameters.entries()) {
      for (let i = 0; i < data.length; i++) data[i] = start[p]![i]! + distance * directions[p]![i]!;
    }
    return loss();
  };
  // Random points can be so sharp that losses 1e-3 apart say nothing.
  const slope = await derivative(at, { step: 1e-3, noise: 1e-7, accuracy: 5e-4, levels: 9 });
  await at(0);
  return slope;
}

describe.each([
  ["all weights", null, {}],
  ["all weights, sequential residual", null, { use_parallel_residual: false }],
  ["all weights, tied head", null, { tie_word_embeddings: true }],
  ["LoRA", lora, {}],
  ["LoRA, sequential residual, tanh GELU", lora, { use_parallel_residual: false, hidden_act: "gelu_new" }],
  ["LoRA, dropout", { ...lora, dropout: 0.3 }, {}],
  ["Llama, all weights", null, { model_type: "llama", num_key_value_heads: 1 }],
  [
    "Llama, rsLoRA, dropout",
    { ...lora, targets: "all-linear", rslora: true, dropout: 0.1 },
    { model_type: "llama" },
  ],
] as const)(`gradients, %s (seed ${seed})`, (_, adapter, changes) => {
  it.each([
    ["sft by token", sft()],
    ["sft by sequence", sft({ reduction: "sequences" })],
    ["dpo", dpo({ beta: 0.3 })],
    ["dpo with label smoothing", dpo({ beta: 0.3, labelSmoothing: 0.2 })],
    ["ipo", dpo({ loss: "ipo", beta: 0.3 })],
    ["ipo per token", dpo({ loss: "ipo", beta: 0.3, perToken: true })],
    ["hinge", dpo({ loss: "hinge", beta: 0.02 })],
    ["rpo", dpo({ loss: "rpo", beta: 0.3, nllWeight: 0.7 })],
    ["simpo", dpo({ loss: "simpo" })],
    ["orpo", dpo({ loss: "orpo", oddsWeight: 0.5 })],
    ["cpo", dpo({ loss: "cpo", beta: 0.3, labelSmoothing: 0.1 })],
  ] as [string, Objective][])(
    "%s: equal to finite differences along random directions",
    async (_name, objective) => {
      const random = uniform(seed + 1);
      const learner = await learnerWith({ lora: adapter, config: changes, tokenBudget: 24 });
      const responses = objective.shape === "preference" ? 2 : 1;
      const examples = randomExamples(responses, 5, random);
      const reference = Float64Array.from({ length: 5 * responses }, () => -20 * random());
      const gradients = zeros(learner);
      const scale = 0.7;
      learner.draws = 3;
      await learner.gradient(examples, objective, reference, scale, gradients);
      const lossNow = async () => {
        learner.draws = 3; // the same masks
        const result = await learner.gradient(examples, objective, reference, 0, zeros(learner));
        return result.loss;
      };
      for (let trial = 0; trial < 3; trial++) {
        // Random, with the gradient's own direction mixed in, so that the derivative is well above float32 noise.
        const norm = Math.sqrt(gradients.reduce((sum, g) => sum + g.reduce((s, x) => s + x * x, 0), 0));
        const directions = gradients.map((g) => g.map((x) => (random() - 0.5) / 10 + x / norm));
        const expected = gradients.reduce(
          (sum, g, p) => sum + g.reduce((s, x, i) => s + x * directions[p]![i]!, 0),
          0,
        );
        const measured = scale * (await alongDirection(learner, directions, lossNow));
        expect(Math.abs(measured - expected) / Math.abs(expected)).toBeLessThan(5e-3);
      }
    },
  );
});

describe("learner", () => {
  it("gives the same numbers however the batch is cut into micro-batches", async () => {
    const examples = randomExamples(2, 6, uniform(seed + 2));
    const reference = new Float64Array(12).fill(-10);
    const results: (LearnerResult & { gradients: Float32Array[] })[] = [];
    for (const tokenBudget of [1, 30, 1000]) {
      const learner = await learnerWith({ lora, tokenBudget });
      const gradients = zeros(learner);
      results.push({ ...(await learner.gradient(examples, dpo(), reference, 1, gradients)), gradients });
    }
    for (const other of results.slice(1)) {
      expect(other.loss).toBeCloseTo(results[0]!.loss, 6);
      for (const [p, gradient] of other.gradients.entries()) {
        const difference = Math.hypot(...gradient.map((x, i) => x - results[0]!.gradients[p]![i]!));
        expect(difference).toBeLessThan(1e-5 * Math.hypot(...gradient) + 1e-9);
      }
    }
  });

  it("gives a row the same log-probabilities alone and among others, down to one token after one token", async () => {
    const examples = randomExamples(2, 5, uniform(seed + 6));
    examples.push({ row: 5, prompt: Int32Array.of(3), responses: [Int32Array.of(4), Int32Array.of(5)] });
    const learner = await learnerWith({});
    const { logProbs } = await learner.logProbs(examples);
    for (const [i, { row, prompt, responses }] of examples.entries()) {
      for (const [j, response] of responses.entries()) {
        const alone = await learner.logProbs([{ row, prompt, responses: [response] }]);
        expectAllClose(alone.logProbs, logProbs.subarray(2 * i + j, 2 * i + j + 1));
      }
    }
  });

  it("gives the same bits again, in another learner with as many threads", async () => {
    const examples = randomExamples(2, 6, uniform(seed + 5));
    const reference = new Float64Array(12).fill(-10);
    const results: Float32Array[][] = [];
    for (let i = 0; i < 2; i++) {
      const learner = await createLearner(initialise(config, seed), { lora: null, seed, threads: 2 });
      open.push(learner);
      const gradients = zeros(learner);
      await learner.gradient(examples, dpo(), reference, 1, gradients);
      results.push(gradients);
    }
    expect(results[1]).toEqual(results[0]);
  });

  it.each([
    { loss: "sigmoid", beta: 0.4, labelSmoothing: 0.1 },
    { loss: "ipo", beta: 0.2 },
    { loss: "hinge", beta: 0.02 },
    { loss: "rpo", nllWeight: 0.7 },
    { loss: "simpo", gamma: 1 },
    { loss: "cpo", beta: 0.3, perToken: true },
  ] as DpoOptions[])("weighs $loss in its graph as from log-probabilities that go first", async (options) => {
    const examples = randomExamples(2, 4, uniform(seed + 3));
    const reference = new Float64Array(8).fill(-12);
    const { form: _, ...unknown } = dpo(options);
    const learner = await learnerWith({ lora, tokenBudget: 30 });
    const [known, other] = [zeros(learner), zeros(learner)];
    const a = await learner.gradient(examples, dpo(options), reference, 1, known);
    const b = await learner.gradient(examples, unknown, reference, 1, other);
    expect(a.tokens).toBe(b.tokens / 2);
    expect(b.loss).toBeCloseTo(a.loss, 6);
    expect(b.metrics!.rewards!.margin).toBeCloseTo(a.metrics!.rewards!.margin, 5);
    for (const [p, gradient] of other.entries()) {
      const difference = Math.hypot(...gradient.map((x, i) => x - known[p]![i]!));
      expect(difference).toBeLessThan(1e-4 * Math.hypot(...gradient));
    }
  });

  it("a fresh adapter changes nothing; merging a trained one keeps the model and starts a fresh adapter", async () => {
    const examples = randomExamples(1, 4, uniform(seed + 4));
    const base = await createLearner(initialise(config, seed), { lora: null, seed, threads: 1 });
    const fresh = await createLearner(initialise(config, seed), { lora, seed, threads: 1 });
    open.push(base, fresh);
    const before = await base.logProbs(examples);
    expectAllClose((await fresh.logProbs(examples)).logProbs, before.logProbs);

    const trained = await learnerWith({ lora });
    const adapted = (await trained.logProbs(examples)).logProbs;
    expect(Math.abs(adapted[0]! - before.logProbs[0]!)).toBeGreaterThan(1e-3);
    const merged = await createLearner(
      { config, tensors: trained.weights() },
      { lora: null, seed, threads: 1 },
    );
    open.push(merged);
    expectAllClose((await merged.logProbs(examples)).logProbs, adapted);
    await trained.merge(5);
    expectAllClose((await trained.logProbs(examples)).logProbs, adapted);
    const [a, b] = trained.parameters;
    expect(b!.data.every((value) => value === 0)).toBe(true);
    expect(a!.data.some((value) => value !== 0)).toBe(true);
  });

  it("does not change the checkpoint it was made from", async () => {
    const checkpoint = initialise(config, seed);
    const copy = Float32Array.from(checkpoint.tensors.get("embed_out.weight")!.data);
    const learner = await createLearner(checkpoint, { lora: null, seed, threads: 1 });
    open.push(learner);
    for (const { data } of learner.parameters) data.fill(1);
    expect(checkpoint.tensors.get("embed_out.weight")!.data).toEqual(copy);
    expect(learner.weights().get("embed_out.weight")!.data[0]).toBe(1);
  });

  it.each([
    [
      "a missing tensor",
      { drop: "gpt_neox.final_layer_norm.bias" },
      {},
      'no tensor "gpt_neox.final_layer_norm.bias"',
    ],
    ["a shape", {}, { intermediate_size: 48 }, "is [32,16]; config.json makes it [48,16]"],
    ["an unknown model", {}, { model_type: "bert" }, '"model_type" is "bert"; supported: gpt_neox'],
    [
      "a key of the wrong type",
      {},
      { hidden_size: "big" },
      '"hidden_size" is "big"; expected a positive integer',
    ],
    ["scaled positions", {}, { rope_scaling: { type: "linear" } }, '"rope_scaling.factor" is undefined'],
  ])("names %s that does not fit", async (_, { drop }: { drop?: string }, changes, message) => {
    const tensors = new Map(initialise(config, seed).tensors);
    if (drop) tensors.delete(drop);
    const checkpoint = { config: { ...config, ...changes }, tensors };
    await expect(createLearner(checkpoint, { lora: null, seed, threads: 1 })).rejects.toThrow(message);
  });

  it.each([
    [
      "targets",
      { targets: ["q_proj"] },
      '"q_proj" names no linear layer of the model; it has query_key_value, dense',
    ],
    ["dropout", { dropout: 1 }, "lora.dropout is 1; expected a number in [0, 1)"],
    ["rank", { rank: 0 }, "lora.rank is 0; expected a positive integer"],
  ])("names the LoRA option %s that does not fit", async (_, changes, message) => {
    const options = { lora: { ...lora, ...changes }, seed, threads: 1 };
    await expect(createLearner(initialise(config, seed), options)).rejects.toThrow(message);
  });

  it("says what is wrong with a batch", async () => {
    const learner = await learnerWith({ lora });
    const examples = randomExamples(1, 2, uniform(seed));
    await expect(learner.gradient(examples, dpo(), null, 1, zeros(learner))).rejects.toThrow(
      "sigmoid reads 2",
    );
    const pairs = randomExamples(2, 2, uniform(seed));
    await expect(learner.gradient(pairs, dpo(), null, 1, zeros(learner))).rejects.toThrow(
      "sigmoid needs 4 reference log-probabilities, got none",
    );
    await expect(learner.gradient(examples, sft(), null, 1, [])).rejects.toThrow("0 gradient arrays");
  });
});

function expectAllClose(found: Float64Array, expected: Float64Array) {
  for (const [i, value] of expected.entries())
    expect(Math.abs(found[i]! - value)).toBeLessThan(2e-5 * Math.abs(value));
}
