import { describe, expect, it } from "vitest";
import { uniform } from "../../src/models/random.ts";
import { dpo, type Objective, type ResponseLogProbs, sft } from "../../src/objectives/index.ts";

const seed = Math.floor(Math.random() * 2 ** 31);
const random = uniform(seed);

function part(responses: 1 | 2, rows: number): ResponseLogProbs {
  const count = rows * responses;
  const lengths = Int32Array.from({ length: count }, () => 1 + Math.floor(20 * random()));
  return {
    logProbs: Float64Array.from({ length: count }, () => -30 * random()),
    reference: Float64Array.from({ length: count }, () => -30 * random()),
    lengths,
    responses,
    batch: { rows, tokens: lengths.reduce((a, b) => a + b, 0) },
  };
}

describe(`weights are the loss's derivatives (seed ${seed})`, () => {
  it.each([
    ["sft", sft()],
    ["sft by sequence", sft({ reduction: "sequences" })],
    ["dpo", dpo({ beta: 0.7 })],
    ["dpo with label smoothing", dpo({ beta: 0.2, labelSmoothing: 0.3 })],
  ] as [string, Objective][])("%s", (_, objective) => {
    const given = part(objective.shape === "preference" ? 2 : 1, 6);
    const { weights } = objective.value(given);
    for (const [i, weight] of weights.entries()) {
      const at = (change: number) => {
        const logProbs = given.logProbs.map((value, j) => (i === j ? value + change : value));
        return objective.value({ ...given, logProbs }).loss;
      };
      expect(weight).toBeCloseTo((at(1e-4) - at(-1e-4)) / 2e-4, 7);
    }
  });

  it("micro-batches' losses add up to the batch's", () => {
    const whole = part(2, 4);
    const halves = [0, 4].map((start) => ({
      ...whole,
      logProbs: whole.logProbs.slice(start, start + 4),
      reference: whole.reference!.slice(start, start + 4),
    }));
    const sum = halves.reduce((total, half) => total + dpo().value(half).loss, 0);
    expect(sum).toBeCloseTo(dpo().value(whole).loss, 12);
  });
});

describe("sft", () => {
  const given = { ...part(1, 2), logProbs: Float64Array.of(-6, -2), batch: { rows: 2, tokens: 4 } };
  it("is the mean over tokens, or over rows", () => {
    expect(sft().value(given).loss).toBe(2);
    expect(sft({ reduction: "sequences" }).value(given).loss).toBe(4);
  });
});

describe("dpo", () => {
  const given = (chosen: number, rejected: number): ResponseLogProbs => ({
    logProbs: Float64Array.of(chosen, rejected),
    reference: Float64Array.of(-5, -7),
    lengths: Int32Array.of(3, 4),
    responses: 2,
    batch: { rows: 1, tokens: 7 },
  });

  it("starts at log 2 where the model is the reference", () => {
    expect(dpo().value(given(-5, -7)).loss).toBeCloseTo(Math.LN2, 15);
  });

  it("gives rewards and log-probabilities", () => {
    const { loss, metrics } = dpo({ beta: 0.5 }).value(given(-4, -8));
    expect(loss).toBeCloseTo(Math.log(1 + Math.exp(-1)), 14);
    expect(metrics).toEqual({
      rewards: { chosen: 0.5, rejected: -0.5, margin: 1, accuracy: 1 },
      logProbs: { chosen: -4, rejected: -8, chosenChange: 1 },
    });
  });

  it("neither overflows nor loses small losses far from the boundary", () => {
    expect(dpo({ beta: 1 }).value(given(-5000, -7)).loss).toBe(4995);
    expect(dpo({ beta: 1 }).value(given(-5, -107)).loss).toBeCloseTo(Math.exp(-100), 50);
  });

  it("says what is wrong with its options", () => {
    expect(() => dpo({ beta: 0 })).toThrow("beta is 0; expected a number above 0");
    expect(() => dpo({ labelSmoothing: 0.5 })).toThrow("labelSmoothing is 0.5");
    expect(() => dpo().value({ ...given(-1, -1), reference: null })).toThrow("needs the reference");
  });
});
