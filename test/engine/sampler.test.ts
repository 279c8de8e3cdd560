import { describe, expect, it } from "vitest";
import { Random } from "../../src/data/random.ts";
import { nucleus, probabilities, sampler } from "../../src/engine/sampler.ts";
import { randomSeed } from "../seed.ts";

const seed = randomSeed(1e6);
const logits = Float32Array.of(1.5, -0.5, 0.25, 2, -3, 0, 0.75, -1.25);

/** Softmax in double precision, written on its own. */
function softmax(values: readonly number[]): number[] {
  const sum = values.reduce((total, value) => total + Math.exp(value), 0);
  return values.map((value) => Math.exp(value) / sum);
}

/** Pearson's χ² of counts against probabilities; tokens of probability 0 must not occur. */
function chiSquare(counts: readonly number[], expected: readonly number[]): number {
  const draws = counts.reduce((a, b) => a + b, 0);
  return expected.reduce((sum, p, i) => {
    if (p === 0) expect(counts[i], `token ${i}`).toBe(0);
    return p === 0 ? sum : sum + (counts[i]! - draws * p) ** 2 / (draws * p);
  }, 0);
}

function counted(options: Parameters<typeof sampler>[0], draws: number): number[] {
  const choose = sampler(options);
  const random = new Random(seed, JSON.stringify(options));
  const counts = Array.from(logits, () => 0);
  for (let i = 0; i < draws; i++) counts[choose(logits, () => random.next())]!++;
  return counts;
}

/** Of the largest values those that are kept, their softmax; 0 for the others. */
function cut(temperature: number, kept: readonly number[]): number[] {
  const some = softmax(kept.map((i) => logits[i]! / temperature));
  return Array.from(logits, (_, i) => (kept.includes(i) ? some[kept.indexOf(i)]! : 0));
}

describe("sampling", () => {
  // 99.999% of χ² with 7 degrees of freedom lie below 35.9 (with fewer degrees, more of them).
  it.each([
    [{ temperature: 1 }, cut(1, [0, 1, 2, 3, 4, 5, 6, 7])],
    [{ temperature: 0.5 }, cut(0.5, [0, 1, 2, 3, 4, 5, 6, 7])],
    [{ temperature: 3 }, cut(3, [0, 1, 2, 3, 4, 5, 6, 7])],
    [{ temperature: 1, topK: 3 }, cut(1, [3, 0, 6])],
    // In order: 0.437, 0.265, 0.125, 0.076, …: three reach 0.8, not two.
    [{ temperature: 1, topP: 0.8 }, cut(1, [3, 0, 6])],
    // Of the five likeliest, 0.466, 0.283, 0.134, …: three reach 0.85.
    [{ temperature: 1, topK: 5, topP: 0.85 }, cut(1, [3, 0, 6])],
  ])("with %o follows the softmax", (options, expected) => {
    console.log(`seed ${seed}`);
    expect(chiSquare(counted(options, 40_000), expected), `seed ${seed}`).toBeLessThan(35.9);
  });

  it("with temperature 0 takes the first of the likeliest, and no random number", () => {
    const none = () => {
      throw new Error("asked for a random number");
    };
    expect(sampler({})(Float32Array.of(1, 3, 3, 2), none)).toBe(1);
    expect(sampler({ temperature: 0 })(Float32Array.of(-Infinity, -8, -9), none)).toBe(1);
  });

  it("never takes a token of probability 0", () => {
    const sure = Float32Array.of(-Infinity, 0, -Infinity);
    for (const at of [0, 0.5, 1 - 2 ** -53]) expect(sampler({ temperature: 1 })(sure, () => at)).toBe(1);
  });

  it("refuses logits that are not numbers", () => {
    for (const temperature of [0, 1])
      expect(() => sampler({ temperature })(Float32Array.of(1, Number.NaN), () => 0.5)).toThrow(
        "the logit of token 1 is not a number",
      );
  });
});

describe("the nucleus", () => {
  const quarters = Float64Array.of(0.125, 0.5, 0.25, 0.125);

  it("is the fewest tokens whose share reaches topP, cut exactly", () => {
    const nuclei = [0.001, 0.5, 0.5000001, 0.75, 0.7500001, 0.875, 0.8750001, 1].map((topP) => [
      ...nucleus(quarters, 4, topP),
    ]);
    expect(nuclei).toEqual([[1], [1], [1, 2], [1, 2], [1, 2, 0], [1, 2, 0], [1, 2, 0, 3], [1, 2, 0, 3]]);
  });

  it("is that of a full sort, also in large vocabularies", () => {
    const random = new Random(seed, "vocabulary");
    const many = probabilities(
      Float32Array.from({ length: 20_000 }, () => 4 * random.normal()),
      1,
    );
    const order = [...many.keys()].sort((a, b) => many[b]! - many[a]! || a - b);
    for (const topP of [0.3, 0.9, 0.99]) {
      let sum = 0;
      const expected: number[] = [];
      for (const id of order) {
        if (sum >= topP) break;
        expected.push(id);
        sum += many[id]!;
      }
      expect([...nucleus(many, many.length, topP)], `seed ${seed}`).toEqual(expected);
    }
  });
});
