import { describe, expect, test } from "vitest";
import {
  hypervolume,
  idealDistance,
  mixedGap,
  optimalityGaps,
  paretoFront,
} from "../../src/evaluation/front.ts";

describe("gaps", () => {
  test("are to f*, and negative below it", () => {
    const gaps = optimalityGaps({ dpo: 1, sft: 2 }, { dpo: 0.25, sft: 2.5 });
    expect(gaps).toEqual({ dpo: 0.75, sft: -0.5 });
    expect(idealDistance({ dpo: 4, sft: 5 }, { dpo: 1, sft: 1 })).toBe(5);
    expect(mixedGap({ dpo: 4, sft: 5 }, { dpo: 1, sft: 1 }, 0.25)).toBe(0.25 * 3 + 0.75 * 4);
  });
});

describe("the Pareto front", () => {
  test("has the points that none dominates, by rising f_SFT", () => {
    const a = { dpo: 3, sft: 1 };
    const b = { dpo: 2, sft: 2 };
    const c = { dpo: 1, sft: 3 };
    const dominated = [
      { dpo: 3, sft: 2 },
      { dpo: 2, sft: 2.5 },
      { dpo: Number.NaN, sft: 0 },
    ];
    expect(paretoFront([c, ...dominated, a, b])).toEqual([a, b, c]);
  });

  test("against the definition, on random points", () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    console.log(`seed ${seed}`);
    let state = seed;
    const random = () => (state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff) / 0x7fffffff;
    const points = Array.from({ length: 200 }, () => ({
      dpo: Math.round(random() * 20) / 20,
      sft: Math.round(random() * 20) / 20,
    }));
    const front = points.filter(
      (p) => !points.some((q) => q.dpo <= p.dpo && q.sft <= p.sft && (q.dpo < p.dpo || q.sft < p.sft)),
    );
    expect(new Set(paretoFront(points))).toEqual(new Set(front));
  });
});

describe("hypervolume", () => {
  test("is the area of the union of boxes", () => {
    const points = [
      { dpo: 3, sft: 1 },
      { dpo: 2, sft: 2 },
      { dpo: 1, sft: 3 },
      { dpo: 3.5, sft: 3.5 },
    ];
    // To (4, 4): columns of width 1 and heights 1, 2, 3.
    expect(hypervolume(points, { dpo: 4, sft: 4 })).toBe(6);
    expect(hypervolume([{ dpo: 5, sft: 0 }], { dpo: 4, sft: 4 })).toBe(0);
    expect(hypervolume([], { dpo: 4, sft: 4 })).toBe(0);
  });
});
