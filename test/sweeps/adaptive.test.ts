import { describe, expect, test } from "vitest";
import { closedFronts } from "../../bench/harness/closed-fronts.ts";
import { hypervolume, type LossPoint } from "../../src/evaluation/index.ts";
import { nextLambda, type Tried } from "../../src/sweeps/adaptive.ts";

const at = (lambda: number, dpo: number, sft: number) => ({ lambda, point: { dpo, sft } });

describe("the next λ", () => {
  test("divides the largest box between neighbours where the weighted loss of both is the same", () => {
    // A box of 2 × 1.5: λ 2 = (1 − λ) 1.5, λ = 3/7 ≈ 0.43, in the middle third of 0 … 1.
    expect(nextLambda([at(0, 4, 1), at(1, 2, 2.5)])).toBeCloseTo(3 / 7, 6);
    // Boxes of 2 × 0.5 and 1 × 0.4; λ 2 = (1 − λ) 0.5, λ = 0.2, in the middle third of 0 … 0.5.
    expect(nextLambda([at(0, 4, 1), at(0.5, 2, 1.5), at(1, 1, 1.9)])).toBeCloseTo(0.2, 6);
  });

  test("stays in the middle third of the interval, whatever the scales of the losses", () => {
    expect(nextLambda([at(0, 400, 1), at(1, 2, 2)])).toBeCloseTo(1 / 3, 6);
    expect(nextLambda([at(0, 4, 1), at(1, 2, 200)])).toBeCloseTo(2 / 3, 6);
  });

  test("a dominated end leaves no room; without any, the widest interval is halved", () => {
    expect(nextLambda([at(0, 1, 1), at(0.2, 2, 2), at(1, 3, 3)])).toBe(0.6);
    expect(nextLambda([at(0, 3, 1), at(0.5, 1, 2), at(1, 2, 3)])).toBeLessThan(0.5);
  });

  test("what lies beyond the reference does not count", () => {
    const tried = [at(0, 100, 1), at(0.5, 1.5, 2), at(1, 1, 4)];
    expect(nextLambda(tried)).toBeLessThan(0.5);
    expect(nextLambda(tried, { dpo: 1.6, sft: 5 })).toBeGreaterThan(0.5);
  });

  test("what is still computed stands between its neighbours; ends that are not known leave the widest", () => {
    const waiting = [at(0, 4, 1), { lambda: 0.5, point: null }, at(0.6, 3, 2), at(1, 2.9, 2.1)];
    const next = nextLambda(waiting)!;
    expect(next).toBeGreaterThan(0.5 / 3);
    expect(next).toBeLessThan(1 / 3 + 1e-6);
    const none = [0, 1].map((lambda) => ({ lambda, point: null }));
    expect(nextLambda(none)).toBe(0.5);
  });

  test("λ that are as close as they get end it", () => {
    expect(nextLambda([at(0.5, 2, 1), at(0.5001, 1, 2)])).toBeNull();
    expect(nextLambda([at(0.5, 2, 1)])).toBeNull();
  });
});

/** Hypervolume that a front's points leave out, as a share of all that there is. */
function missing(points: readonly LossPoint[], { of, reference }: (typeof closedFronts)[string]): number {
  const fine = Array.from({ length: 2001 }, (_, i) => i / 2000);
  const all = hypervolume([...fine.map((lambda) => of(lambda, null)), ...points], reference);
  return 1 - hypervolume(points, reference) / all;
}

describe.each(Object.entries(closedFronts))("on the front %s", (_name, front) => {
  const seeds = [1, 2, 3, 4, 5];
  // What there is to win is small on an even front, where a grid of 7 is better by 0.4 % of the hypervolume.
  const slack = front.even ? 0.005 : 0;
  test.each([5, 7, 9, 15])("%i runs leave out no more hypervolume than a grid of as many", (budget) => {
    const mean = (points: (seed: number) => LossPoint[]) =>
      seeds.reduce((sum, seed) => sum + missing(points(seed), front), 0) / seeds.length;
    const grid = mean((seed) => Array.from({ length: budget }, (_, i) => front.of(i / (budget - 1), seed)));
    const adaptive = mean((seed) => {
      const tried: Tried[] = [0, 0.5, 1].map((lambda) => ({ lambda, point: front.of(lambda, seed) }));
      while (tried.length < budget) {
        const lambda = nextLambda(tried)!;
        tried.push({ lambda, point: front.of(lambda, seed) });
      }
      return tried.map(({ point }) => point!);
    });
    expect(adaptive, `adaptive ${adaptive}, grid ${grid}, seeds ${seeds}`).toBeLessThanOrEqual(grid + slack);
  });
});
