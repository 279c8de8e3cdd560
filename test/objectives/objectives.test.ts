import { describe, expect, it } from "vitest";
import { uniform } from "../../src/models/random.ts";
import {
  builtInLosses,
  type DpoOptions,
  dpo,
  type LocalObjective,
  type ResponseLogProbs,
  sft,
} from "../../src/objectives/index.ts";
import { derivative } from "../derivative.ts";
import { randomSeed } from "../seed.ts";

const seed = randomSeed();
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
    ["ipo", dpo({ loss: "ipo", beta: 0.6 })],
    ["ipo per token", dpo({ loss: "ipo", perToken: true })],
    ["hinge", dpo({ loss: "hinge", beta: 0.05 })],
    ["rpo", dpo({ loss: "rpo", nllWeight: 0.8, labelSmoothing: 0.1 })],
    ["simpo", dpo({ loss: "simpo", gamma: 1.2, labelSmoothing: 0.1 })],
    ["orpo", dpo({ loss: "orpo", oddsWeight: 0.7 })],
    ["cpo", dpo({ loss: "cpo", beta: 0.3, nllWeight: 0.4 })],
    ["cpo per token", dpo({ loss: "cpo", perToken: true, labelSmoothing: 0.1 })],
  ] as [string, LocalObjective][])("%s", async (_, objective) => {
    const given = part(objective.shape === "preference" ? 2 : 1, 6);
    const { weights } = objective.value(given);
    for (const [i, weight] of weights.entries()) {
      const at = (change: number) => {
        const logProbs = given.logProbs.map((value, j) => (i === j ? value + change : value));
        return objective.value({ ...given, logProbs }).loss;
      };
      const slope = await derivative(at, { step: 1e-3, noise: 1e-15, accuracy: 1e-9, levels: 14 });
      expect(Math.abs(weight - slope)).toBeLessThan(5e-8);
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
    expect(() => dpo({ labelSmoothing: 0.5 })).toThrow("labelSmoothing is 0.5; expected within [0, 0.5)");
    expect(() => dpo().value({ ...given(-1, -1), reference: null })).toThrow("needs the reference");
    expect(() => dpo({ loss: "hinge", labelSmoothing: 0.1 })).toThrow(
      'loss "hinge" has no option "labelSmoothing"; sigmoid, rpo, simpo and cpo have it',
    );
    expect(() => dpo({ gamma: 1 })).toThrow('loss "sigmoid" has no option "gamma"; simpo has it');
  });
});

describe("the family", () => {
  const losses = builtInLosses.dpo.map(({ name }) => name as DpoOptions["loss"] & string);
  const pair = (chosen: number, rejected: number, lengths: [number, number] = [1, 1]): ResponseLogProbs => ({
    logProbs: Float64Array.of(chosen, rejected),
    reference: Float64Array.of(-5, -7),
    lengths: Int32Array.from(lengths),
    responses: 2,
    batch: { rows: 1, tokens: lengths[0] + lengths[1] },
  });

  it.each(losses)("%s: finite and right at margins of ±10,000 and near certainty", (loss) => {
    const objective = dpo({ loss });
    for (const [chosen, rejected] of [
      [-1e4, -1],
      [-1, -1e4],
      [-1e4, -1e4],
      [-1e-9, -1],
      [-1, -1e-9],
      [0, 0],
    ] as const) {
      const { loss, weights, metrics } = objective.value(pair(chosen, rejected));
      for (const number of [loss, ...weights, ...Object.values(metrics!.rewards!)])
        expect(Number.isFinite(number), `${objective.name} at ${chosen}, ${rejected}: ${number}`).toBe(true);
    }
    // Far on the wrong side, a better chosen or a worse rejected response is wanted; never the other way round.
    const { weights } = objective.value(pair(-1e4, -1));
    expect(weights[0]).toBeLessThan(0);
    expect(weights[1]).toBeGreaterThanOrEqual(0);
  });

  it("has its papers' values where they are known in closed form", () => {
    const value = (options: DpoOptions, part = pair(-5, -7)) => dpo(options).value(part).loss;
    // Δ = 0 at the reference.
    expect(value({ loss: "ipo", beta: 0.1 })).toBeCloseTo(25, 12); // (1/(2β))²
    expect(value({ loss: "hinge" })).toBe(1);
    expect(value({ loss: "hinge", beta: 0.5 }, pair(-5, -11))).toBe(0);
    expect(value({ loss: "ipo", beta: 0.25 }, pair(-4, -7))).toBeCloseTo(1, 12); // (1 − 2)²
    expect(value({ loss: "rpo", nllWeight: 2 }, pair(-5, -7, [4, 4]))).toBeCloseTo(Math.LN2 + 2.5, 12);
    expect(value({ loss: "simpo", beta: 2, gamma: 1 }, pair(-6, -5, [6, 2]))).toBeCloseTo(
      Math.log1p(Math.exp(-2)), // 2 · (−1 + 2.5) − 1
      12,
    );
    expect(value({ loss: "cpo", beta: 1 }, pair(-3, -3))).toBeCloseTo(Math.LN2 + 3, 12);
    const half = Math.log(0.5);
    expect(value({ loss: "orpo", oddsWeight: 1 }, pair(2 * half, half, [2, 1]))).toBeCloseTo(
      2 * Math.LN2, // equal odds
      12,
    );
  });

  it("has metrics: without a reference, no change from it", () => {
    const metrics = dpo({ loss: "simpo", beta: 2 }).value(pair(-6, -5, [6, 2])).metrics!;
    expect(metrics.logProbs).toEqual({ chosen: -6, rejected: -5 });
    expect(metrics.rewards).toEqual({ chosen: -2, rejected: -5, margin: 3, accuracy: 1 });
    const ipo = dpo({ loss: "ipo", beta: 0.5 }).value(pair(-4, -8)).metrics!;
    expect(ipo.rewards).toEqual({ chosen: 0.5, rejected: -0.5, margin: 1, accuracy: 1 });
    expect(ipo.logProbs!.chosenChange).toBe(1);
  });

  it("needs the reference for some losses only", () => {
    const free = losses.filter((loss) => !dpo({ loss }).needsReference);
    expect(free).toEqual(["simpo", "orpo", "cpo"]);
    for (const loss of free) dpo({ loss }).value({ ...pair(-1, -2), reference: null });
  });
});
