import { describe, expect, it } from "vitest";
import { uniform } from "../../src/models/random.ts";
import {
  defineObjective,
  dpo,
  logSigmoid,
  type ObjectiveDefinition,
  type ResponseLogProbs,
  type RowLoss,
  sft,
  sigmoid,
} from "../../src/objectives/index.ts";
import { randomSeed } from "../seed.ts";

const seed = randomSeed();
const random = uniform(seed);

function batch(responses: 1 | 2, rows = 5): ResponseLogProbs {
  const lengths = Int32Array.from({ length: rows * responses }, () => 1 + Math.floor(20 * random()));
  return {
    logProbs: Float64Array.from(lengths, () => -100 * random()),
    reference: responses === 2 ? Float64Array.from(lengths, () => -100 * random()) : null,
    lengths,
    responses,
    batch: { rows, tokens: lengths.reduce((a, b) => a + b, 0) },
    rowNumbers: Array.from({ length: rows }, (_, i) => 10 + i),
  };
}

const beta = { type: "number", default: 0.1, above: 0, help: "scale" } as const;

/** What the function returns for a row, as an objective. */
const returning = (found: unknown) => defineObjective("odd", {}, () => found as RowLoss);
const valueIn = (definition: ObjectiveDefinition, part = batch(2)) => definition.create({}).value(part);

describe(`defineObjective (seed ${seed})`, () => {
  it("differentiates a loss that comes alone: DPO's, as exactly as float64 lets it", () => {
    const mine = defineObjective("mine", { beta }, ({ chosen, rejected }, { beta }) => {
      const change = chosen.logProb - chosen.reference - (rejected.logProb - rejected.reference);
      return -logSigmoid(beta * change);
    });
    const part = batch(2);
    const found = mine.create({ beta: 0.3 }).value(part);
    const expected = dpo({ beta: 0.3 }).value(part);
    expect(found.loss).toBeCloseTo(expected.loss, 12);
    for (const [i, weight] of expected.weights.entries()) expect(found.weights[i]).toBeCloseTo(weight, 9);
    expect(found.metrics!.logProbs).toEqual(expected.metrics!.logProbs);
    expect(found.metrics!.rewards).toBeUndefined();
  });

  it("takes weights and rewards that come with the loss", () => {
    const mine = defineObjective("mine", { beta }, ({ chosen, rejected }, { beta }) => {
      const rewards = [
        beta * (chosen.logProb - chosen.reference),
        beta * (rejected.logProb - rejected.reference),
      ] as const;
      const margin = rewards[0] - rewards[1];
      const weight = -beta * sigmoid(-margin);
      return { loss: -logSigmoid(margin), weights: [weight, -weight], rewards };
    });
    const part = batch(2);
    const found = mine.create({ beta: 0.3 }).value(part);
    const expected = dpo({ beta: 0.3 }).value(part);
    for (const [i, weight] of expected.weights.entries()) expect(found.weights[i]).toBeCloseTo(weight, 14);
    expect(found.metrics).toEqual(expected.metrics);
  });

  it("reads rows of SFT, whose loss may go by the batch's tokens", () => {
    const mine = defineObjective(
      "mine",
      {},
      ({ response, batch }) => (-response.logProb * batch.rows) / batch.tokens,
      { shape: "sft" },
    );
    const part = batch(1);
    const found = mine.create({}).value(part);
    expect(found.loss).toBeCloseTo(sft().value(part).loss, 12);
    for (const [i, weight] of sft().value(part).weights.entries())
      expect(found.weights[i]).toBeCloseTo(weight, 10);
  });

  it("refuses weights that are not the loss's derivatives, naming the row", () => {
    const wrong = defineObjective("wrong", {}, ({ chosen, rejected }) => ({
      loss: (chosen.logProb - rejected.logProb) ** 2,
      weights: [2 * (chosen.logProb - rejected.logProb), 2 * (chosen.logProb - rejected.logProb)],
    }));
    expect(() => valueIn(wrong)).toThrow(
      /^row 10: the weight of the rejected response is \S+, but the loss's derivative there is /,
    );
  });

  it("takes any slope between the two sides of a kink", () => {
    const hinge = (weight: number) =>
      defineObjective("hinge", {}, ({ chosen }) => ({
        loss: Math.max(0, -4 - chosen.logProb),
        weights: [weight, 0],
      }));
    const part = { ...batch(2, 1), logProbs: Float64Array.of(-4, -1) };
    for (const weight of [-1, -0.5, 0]) expect(valueIn(hinge(weight), part).weights[0]).toBe(weight);
    expect(() => valueIn(hinge(-1.1), part)).toThrow(/the chosen response is -1.1/);
  });

  it.each([
    ["nothing", undefined, "the function returned undefined; expected the row's loss"],
    ["a promise", Promise.resolve(1), "the function returned a promise"],
    ["text", { loss: "low" }, 'the function returned {"loss":"low"}'],
    ["one weight of two", { loss: 1, weights: [0] }, "weights are [0]; expected two numbers"],
    ["three weights of two", { loss: 1, weights: [0, 0, 0] }, "weights are [0,0,0]; expected two numbers"],
    ["three rewards", { loss: 1, rewards: [1, 2, 3] }, "rewards are [1,2,3]; expected two numbers"],
  ])("says which row returned %s", (_, found, message) => {
    expect(() => valueIn(returning(found))).toThrow(`row 10: ${message}`);
  });

  it("says which row the function threw on", () => {
    let rows = 0;
    const broken = defineObjective("broken", {}, () => {
      if (++rows > 9) throw new Error("out of luck");
      return 1;
    });
    // Each row takes one call, and eight more for its differences.
    expect(() => valueIn(broken)).toThrow("row 11: out of luck");
  });

  it("says where a finite loss has a derivative that is not", () => {
    const edge = defineObjective("edge", {}, ({ chosen }) => Math.sqrt(-4 - chosen.logProb));
    const part = { ...batch(2, 1), logProbs: Float64Array.of(-4, -1) };
    expect(() => valueIn(edge, part)).toThrow(
      /^row 10: the loss is 0, but its derivative by the log-probability of the chosen response is NaN/,
    );
  });

  it("passes a loss on that is not a number, for the run to report", () => {
    const { loss } = valueIn(returning({ loss: Number.NaN, weights: [0, 0] }));
    expect(loss).toBeNaN();
  });
});
