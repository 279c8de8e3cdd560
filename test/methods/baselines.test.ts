import { describe, expect, test } from "vitest";
import { conflictAverseWeights, dualWeight } from "../../src/methods/cagrad.ts";
import { shortestCombination } from "../../src/methods/mgda.ts";
import { projectedWeights } from "../../src/methods/pcgrad.ts";
import { randomSeed } from "../seed.ts";

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const sum = (wa: number, a: readonly number[], wb: number, b: readonly number[]) =>
  a.map((x, i) => wa * x + wb * b[i]!);
const norm = (a: readonly number[]) => Math.sqrt(dot(a, a));
const inner = (a: readonly number[], b: readonly number[]) => [
  [dot(a, a), dot(a, b)],
  [dot(b, a), dot(b, b)],
];

const seed = randomSeed();
console.log(`baselines: SEED=${seed}`);
// mulberry32
let state = seed;
function random(): number {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const vector = (length: number, scale: number) => Array.from({ length }, () => scale * normal());
/** Pairs of gradients of very different lengths, with and without conflict. */
const pairs = Array.from({ length: 200 }, () => {
  const a = vector(5, 10 ** (4 * random() - 2));
  const b = vector(5, 10 ** (4 * random() - 2));
  return { a, b, weight: random(), c: 0.95 * random() };
});

/** The minimum of a convex function on [0, 1], by golden-section search. */
function minimum(f: (w: number) => number): number {
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [0, 1];
  for (let i = 0; i < 200; i++) {
    const [left, right] = [high - golden * (high - low), low + golden * (high - low)];
    if (f(left) < f(right)) high = right;
    else low = left;
  }
  return (low + high) / 2;
}

describe("MGDA", () => {
  test("orthogonal gradients share by the other's squared length; a short one alone where it is inside", () => {
    // Sener and Koltun 2018, Figure 1: γ = ⟨b − a, b⟩ / ‖a − b‖².
    expect(shortestCombination(inner([2, 0], [0, 1]))).toBe(0.2);
    expect(shortestCombination(inner([1, 0], [1, 5]))).toBe(1);
    expect(shortestCombination(inner([1, 5], [1, 0]))).toBe(0);
    expect(shortestCombination(inner([1, 0], [-1, 0]))).toBe(0.5);
    expect(shortestCombination(inner([1, 2], [1, 2]))).toBe(0.5);
    expect(shortestCombination(inner([0, 0], [0, 0]))).toBe(0.5);
    expect(shortestCombination(inner([0, 0], [0, 3]))).toBe(1);
  });

  test("no convex combination is shorter, and it ascends neither objective", () => {
    for (const { a, b } of pairs) {
      const gamma = shortestCombination(inner(a, b));
      const found = sum(gamma, a, 1 - gamma, b);
      for (let i = 0; i <= 50; i++) {
        const other = norm(sum(i / 50, a, 1 - i / 50, b));
        expect(norm(found)).toBeLessThanOrEqual(other * (1 + 1e-12));
      }
      // Désidéri 2012, Theorem 2: ⟨d, g_i⟩ ≥ ‖d‖² for both.
      // γ comes from inner products, which are rounded at the longer gradient's squared length.
      const scale = Math.max(dot(a, a), dot(b, b));
      for (const gradient of [a, b])
        expect(dot(found, gradient) - dot(found, found)).toBeGreaterThan(-1e-14 * scale);
    }
  });
});

describe("PCGrad", () => {
  /** Algorithm 1 of Yu et al. 2020, on vectors. */
  function projected(a: readonly number[], b: readonly number[]): number[] {
    const project = (own: readonly number[], other: readonly number[]) => {
      const along = dot(own, other);
      return along < 0 ? sum(1, own, -along / dot(other, other), other) : own;
    };
    return sum(1, project(a, b), 1, project(b, a));
  }

  test("without conflict it is the weighted sum; a worked conflict", () => {
    expect(projectedWeights(inner([1, 0], [1, 1]), 0.25)).toEqual([0.25, 0.75]);
    expect(projectedWeights(inner([0, 0], [1, 1]), 0.5)).toEqual([0.5, 0.5]);
    // a = (1, 0), b = (−1, 1): a loses −½ b, b loses −a; half of (½, ½) + (0, 1).
    const [wa, wb] = projectedWeights(inner([1, 0], [-1, 1]), 0.5);
    expect(sum(wa, [1, 0], wb, [-1, 1])).toEqual([0.25, 0.75]);
  });

  test("is the algorithm on the weighted gradients", () => {
    for (const { a, b, weight } of pairs) {
      const [wa, wb] = projectedWeights(inner(a, b), weight);
      const found = sum(wa, a, wb, b);
      const expected = projected(sum(weight, a, 0, a), sum(1 - weight, b, 0, b));
      const scale = Math.max(norm(expected), weight * norm(a), (1 - weight) * norm(b));
      expect(norm(sum(1, found, -1, expected))).toBeLessThan(1e-12 * scale);
    }
  });
});

describe("CAGrad", () => {
  test("c = 0 is the weighted sum; opposite gradients: it turns to the one that loses", () => {
    expect(conflictAverseWeights(inner([1, 2], [3, -1]), 0.25, 0)).toEqual([0.25, 0.75]);
    // g₀ = (½, 0) helps the first alone; within ¼ of it, (¼, 0) costs the second least.
    expect(conflictAverseWeights(inner([2, 0], [-1, 0]), 0.5, 0.5)).toEqual([0.5, 0.75]);
    expect(conflictAverseWeights(inner([1, 0], [-1, 0]), 0.5, 0.5)).toEqual([0.5, 0.5]);
    expect(conflictAverseWeights(inner([1, 2], [1, 2]), 0.5, 0.5)).toEqual([0.75, 0.75]);
    expect(conflictAverseWeights(inner([0, 0], [0, 0]), 0.5, 0.5)).toEqual([0.5, 0.5]);
  });

  test("the dual's closed form is its minimum", () => {
    for (const { a, b, weight, c } of pairs) {
      const g0 = sum(weight, a, 1 - weight, b);
      const dual = (w: number) => {
        const combined = sum(w, a, 1 - w, b);
        return dot(combined, g0) + c * norm(g0) * norm(combined);
      };
      const found = dual(dualWeight(inner(a, b), weight, c));
      const scale = norm(g0) * Math.max(norm(a), norm(b));
      expect(found - dual(minimum(dual))).toBeLessThan(1e-10 * scale);
    }
  });

  test("no direction within c ‖g₀‖ of g₀ lowers the objective that it helps least more", () => {
    for (const { a, b, weight, c } of pairs.slice(0, 50)) {
      const g0 = sum(weight, a, 1 - weight, b);
      const [wa, wb] = conflictAverseWeights(inner(a, b), weight, c);
      const found = sum(wa, a, wb, b);
      const worst = (d: readonly number[]) => Math.min(dot(d, a), dot(d, b));
      const scale = norm(g0) * Math.max(norm(a), norm(b));
      expect(norm(sum(1, found, -1, g0))).toBeLessThan(c * norm(g0) * (1 + 1e-9));
      for (let i = 0; i < 200; i++) {
        const away = vector(5, 1);
        const other = sum(1, g0, (c * norm(g0)) / norm(away), away);
        expect(worst(other) - worst(found)).toBeLessThan(1e-9 * scale);
      }
    }
  });
});
