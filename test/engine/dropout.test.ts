import { afterEach, describe, expect, it } from "vitest";
import type { Example } from "../../src/data/examples.ts";
import { type DropoutKey, keptMask } from "../../src/engine/dropout.ts";
import { createLearner, initialise, type LanguageLearner } from "../../src/engine/index.ts";
import { createSession, type Feed } from "../../src/engine/session.ts";
import { keptInput, withLora } from "../../src/models/index.ts";
import { normal, uniform } from "../../src/models/random.ts";
import { dpo, type Objective, sft } from "../../src/objectives/index.ts";
import { input, scale } from "../../src/tensor/index.ts";
import { randomSeed } from "../seed.ts";

const seed = randomSeed();

describe(`a mask (seed ${seed})`, () => {
  const length = 100_000;
  const key: DropoutKey = { seed, draw: 5, part: 1 };
  const mask = (rate: number, changes: Partial<DropoutKey> = {}, module = "a.q_proj") =>
    keptMask(length, rate, module, { ...key, ...changes });
  const share = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
  /** Five standard deviations of a mean of independent draws. */
  const tolerance = (p: number, count: number) => 5 * Math.sqrt((p * (1 - p)) / count);

  it.each([0.01, 0.1, 0.5, 0.9])("at rate %f keeps the rest", (rate) => {
    expect(Math.abs(share(mask(rate)) - (1 - rate))).toBeLessThan(tolerance(rate, length));
  });

  it("is the same for the same key, and independent of every other one", () => {
    const first = mask(0.5);
    expect(mask(0.5)).toEqual(first);
    const others = [
      mask(0.5, { seed: seed + 1 }),
      mask(0.5, { draw: 6 }),
      mask(0.5, { draw: 5 + 2 ** 20 }),
      mask(0.5, { part: 0 }),
      mask(0.5, {}, "a.v_proj"),
      first.map((_, i) => first[(i + 1) % length]!),
      first.map((_, i) => first[(i + 64) % length]!),
    ];
    for (const other of others) {
      const agreement = share(first.map((kept, i) => +(kept === other[i]!)));
      expect(Math.abs(agreement - 0.5)).toBeLessThan(tolerance(0.5, length));
    }
  });

  it("keeps each element as often as any other over many draws", () => {
    const counts = new Float64Array(64);
    const draws = 4000;
    for (let draw = 0; draw < draws; draw++)
      for (const [i, kept] of keptMask(64, 0.2, "a", { ...key, draw }).entries()) counts[i]! += kept;
    for (const count of counts) expect(Math.abs(count / draws - 0.8)).toBeLessThan(tolerance(0.2, draws));
  });
});

it("an adapter under dropout adds scale · B A (x ∘ kept) / (1 − rate)", async () => {
  const [tokens, inputs, outputs, rank, rate, alpha] = [5, 8, 6, 3, 0.4, 7];
  const draw = normal(uniform(seed));
  const random = (rows: number, columns: number): Feed => ({
    type: "float32",
    data: Float32Array.from({ length: rows * columns }, draw),
    shape: [rows, columns],
  });
  const layer = { module: "m", nameA: "a", nameB: "b", inputs, outputs };
  const zero = {
    tensor: () => input("none", [1]),
    linear: () => scale(input("plain", ["tokens", outputs]), 0),
  };
  const lora = { rank, alpha, targets: ["m"], dropout: rate };
  const result = withLora(zero, [layer], lora, true).linear(input("x", ["tokens", inputs]), "m");
  const session = await createSession({ result }, { threads: 1 });
  const kept = keptMask(tokens * inputs, rate, "m", { seed, draw: 0, part: 0 });
  const [x, a, b] = [random(tokens, inputs), random(rank, inputs), random(outputs, rank)];
  const feeds = new Map<string, Feed>([
    ["x", x],
    ["a", a],
    ["b", b],
    ["plain", random(tokens, outputs)],
    [keptInput("m"), { type: "bool", data: kept, shape: [tokens, inputs] }],
  ]);
  const found = (await session.run(feeds)).get("result")!;
  await session.dispose();
  for (let t = 0; t < tokens; t++) {
    for (let o = 0; o < outputs; o++) {
      let expected = 0;
      for (let r = 0; r < rank; r++)
        for (let i = 0; i < inputs; i++)
          expected +=
            (((alpha / rank) * Number(b.data[o * rank + r]) * Number(a.data[r * inputs + i])) / (1 - rate)) *
            (Number(x.data[t * inputs + i]) * kept[t * inputs + i]!);
      expect(found[t * outputs + o]).toBeCloseTo(expected, 3);
    }
  }
});

describe(`a learner with dropout (seed ${seed})`, () => {
  const config = {
    model_type: "gpt_neox",
    hidden_size: 16,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    intermediate_size: 32,
    vocab_size: 40,
    initializer_range: 0.3,
  };
  const open: LanguageLearner[] = [];
  afterEach(async () => {
    for (const learner of open.splice(0)) await learner.dispose();
  });
  const learnerWith = async (dropout: number) => {
    const lora = { rank: 3, alpha: 6, targets: "all-linear", dropout };
    const learner = await createLearner(initialise(config, 1), { lora, seed, threads: 1, tokenBudget: 20 });
    open.push(learner);
    const random = uniform(seed);
    for (const { data } of learner.parameters) for (let i = 0; i < data.length; i++) data[i] = random() - 0.5;
    return learner;
  };
  const random = uniform(seed + 1);
  const text = (length: number) => Int32Array.from({ length }, () => Math.floor(40 * random()));
  const rows = (responses: number): Example[] =>
    Array.from({ length: 5 }, (_, row) => ({
      row,
      prompt: text(3),
      responses: Array.from({ length: responses }, () => text(4)),
    }));
  const zeros = (learner: LanguageLearner) =>
    learner.parameters.map(({ data }) => new Float32Array(data.length));

  it("evaluates without it", async () => {
    const [dropping, plain] = [await learnerWith(0.5), await learnerWith(0)];
    const examples = rows(2);
    const expected = (await plain.logProbs(examples)).logProbs;
    expect((await dropping.logProbs(examples)).logProbs).toEqual(expected);
    await dropping.gradient(examples, dpo(), new Float64Array(10), 1, zeros(dropping));
    expect((await dropping.logProbs(examples)).logProbs).toEqual(expected);
  });

  it("draws another mask for every gradient, and the same one again where the count is set back", async () => {
    const learner = await learnerWith(0.5);
    const examples = rows(1);
    const gradient = async () => {
      const into = zeros(learner);
      const { loss } = await learner.gradient(examples, sft(), null, 1, into);
      return { loss, into };
    };
    const [first, second] = [await gradient(), await gradient()];
    expect(learner.draws).toBe(2);
    expect(second.loss).not.toBe(first.loss);
    learner.draws = 0;
    expect([await gradient(), await gradient()]).toEqual([first, second]);
  });

  it("has one mask in both passes of an objective that needs two", async () => {
    const learner = await learnerWith(0.5);
    const examples = rows(2);
    const reference = new Float64Array(10).fill(-8);
    const { form: _, ...twoPasses } = dpo({ beta: 0.3 });
    const results: Float32Array[][] = [];
    for (const objective of [dpo({ beta: 0.3 }), twoPasses satisfies Objective]) {
      learner.draws = 4;
      const into = zeros(learner);
      await learner.gradient(examples, objective, reference, 1, into);
      results.push(into);
    }
    for (const [p, expected] of results[0]!.entries()) {
      const difference = Math.hypot(...expected.map((value, i) => value - results[1]![p]![i]!));
      expect(difference).toBeLessThan(1e-4 * Math.hypot(...expected));
    }
  });
});
