import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Random } from "../../src/data/random.ts";
import {
  dominates,
  EvaluationError,
  hypervolume,
  hypervolumeContributions,
  hypervolumeHistory,
  idealDistance,
  igd,
  igdPlus,
  mixedGap,
  optimalityGaps,
  paretoFront,
} from "../../src/evaluation/index.ts";
import { randomSeed } from "../seed.ts";

/** Made by make-pymoo-fixture.py. */
const fixture = JSON.parse(readFileSync(new URL("pymoo.json", import.meta.url), "utf8")) as {
  pymoo: string;
  cases: {
    kind: string;
    seed: number;
    points: number[][];
    reference: number[];
    nondominated: number[];
    hypervolume: number;
    contributions: number[];
    history: number[];
    front: number[][];
    igd: number;
    igdPlus: number;
  }[];
};

const seed = randomSeed();
console.log(`seed ${seed}`);

/** Random points on a grid of twentieths, so that some are equal. */
function randomPoints(key: string, count: number, objectives: number): number[][] {
  const random = new Random(seed, key);
  return Array.from({ length: count }, () =>
    Array.from({ length: objectives }, () => Math.round(random.next() * 20) / 20),
  );
}

function shuffled<T>(values: readonly T[], key: string): T[] {
  const random = new Random(seed, key);
  return values
    .map((value) => ({ value, key: random.next() }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
}

describe(`as pymoo ${fixture.pymoo} has them`, () => {
  for (const one of fixture.cases)
    test(`${one.points.length} points of ${one.reference.length} objectives, ${one.kind}, seed ${one.seed}`, () => {
      const { points, reference, front } = one;
      const found = paretoFront(points).map((point) => points.indexOf(point));
      expect(found.sort((a, b) => a - b)).toEqual(one.nondominated);
      expect(hypervolume(points, reference)).toBeCloseTo(one.hypervolume, 12);
      const contributions = hypervolumeContributions(points, reference);
      for (const [i, expected] of one.contributions.entries())
        expect(contributions[i]).toBeCloseTo(expected, 12);
      const { hypervolume: history } = hypervolumeHistory(
        [{ steps: points.map((_, i) => i), points }],
        reference,
      );
      for (const [i, expected] of one.history.entries()) expect(history[i]).toBeCloseTo(expected, 12);
      expect(igd(points, front)).toBeCloseTo(one.igd, 12);
      expect(igdPlus(points, front)).toBeCloseTo(one.igdPlus, 12);
    });
});

describe("gaps", () => {
  test("are to f*, and negative below it", () => {
    const gaps = optimalityGaps({ dpo: 1, sft: 2 }, { dpo: 0.25, sft: 2.5 });
    expect(gaps).toEqual({ dpo: 0.75, sft: -0.5 });
    expect(idealDistance({ dpo: 4, sft: 5 }, { dpo: 1, sft: 1 })).toBe(5);
    expect(mixedGap({ dpo: 4, sft: 5 }, { dpo: 1, sft: 1 }, 0.25)).toBe(0.25 * 3 + 0.75 * 4);
  });
});

describe("the Pareto front", () => {
  test("has the points that none dominates, by rising f_SFT, equal ones all", () => {
    const a = { dpo: 3, sft: 1 };
    const b = { dpo: 2, sft: 2 };
    const c = { dpo: 1, sft: 3 };
    const dominated = [
      { dpo: 3, sft: 2 },
      { dpo: 2, sft: 2.5 },
    ];
    expect(paretoFront([c, ...dominated, a, b])).toEqual([a, b, c]);
    expect(paretoFront([a, { ...a }, c])).toEqual([a, a, c]);
  });

  test("leaves out what is not finite", () => {
    const good = { dpo: 1, sft: 1 };
    const bad = [Number.NaN, Infinity, -Infinity].flatMap((value) => [
      { dpo: value, sft: 0 },
      { dpo: 0, sft: value },
    ]);
    expect(paretoFront([...bad, good])).toEqual([good]);
    expect(dominates({ dpo: Number.NaN, sft: 0 }, good)).toBe(false);
    expect(paretoFront([])).toEqual([]);
  });

  test("against the definition, on random points of 2, 3 and 4 objectives", () => {
    for (const objectives of [2, 3, 4]) {
      const points = randomPoints(`front ${objectives}`, 150, objectives);
      const front = points.filter((p) => !points.some((q) => dominates(q, p)));
      expect(new Set(paretoFront(points))).toEqual(new Set(front));
      expect(paretoFront(points).length).toBe(front.length);
    }
  });

  test("points of different numbers of objectives are an error that names the point", () => {
    expect(() =>
      paretoFront([
        [1, 2],
        [1, 2, 3],
      ]),
    ).toThrow(/point 1 has 3 objectives; expected 2/);
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
    // Alone, each of the three has the unit square between its neighbours; the fourth is dominated.
    expect(hypervolumeContributions(points, { dpo: 4, sft: 4 })).toEqual([1, 1, 1, 0]);
    expect(hypervolume([{ dpo: 5, sft: 0 }], { dpo: 4, sft: 4 })).toBe(0);
    expect(hypervolume([], { dpo: 4, sft: 4 })).toBe(0);
    expect(hypervolume([[2], [3], [7]], [5])).toBe(3);
  });

  test("of one point is its box, in any number of objectives", () => {
    expect(hypervolume([[1, 2, 3, 4]], [2, 4, 6, 8])).toBe(1 * 2 * 3 * 4);
    expect(hypervolumeContributions([[1, 2, 3, 4]], [2, 4, 6, 8])).toEqual([24]);
  });

  test("a removed point exposes what it dominates", () => {
    // (1, 1) dominates (2, 2): alone it has 9 − 4.
    expect(
      hypervolumeContributions(
        [
          [1, 1],
          [2, 2],
        ],
        [4, 4],
      ),
    ).toEqual([5, 0]);
    // Of two equal points, none adds anything alone.
    expect(
      hypervolumeContributions(
        [
          [1, 1],
          [1, 1],
        ],
        [4, 4],
      ),
    ).toEqual([0, 0]);
  });

  test("does not depend on the order, nor on the objectives', and never falls when a point is added", () => {
    for (const objectives of [2, 3, 4]) {
      const points = randomPoints(`volume ${objectives}`, 12, objectives);
      const reference = new Array<number>(objectives).fill(0.95);
      const whole = hypervolume(points, reference);
      expect(hypervolume(shuffled(points, "order"), reference)).toBeCloseTo(whole, 12);
      const turned = points.map((x) => [...x.slice(1), x[0]!]);
      expect(hypervolume(turned, reference)).toBeCloseTo(whole, 12);
      let before = 0;
      for (let i = 1; i <= points.length; i++) {
        const now = hypervolume(points.slice(0, i), reference);
        expect(now).toBeGreaterThanOrEqual(before - 1e-12);
        before = now;
      }
      // What dominated points add is nothing.
      expect(hypervolume(paretoFront(points), reference)).toBeCloseTo(whole, 12);
    }
  });

  test("against counting cells of a grid, with three objectives", () => {
    const points = randomPoints("cells", 8, 3);
    let cells = 0;
    const middles = Array.from({ length: 20 }, (_, i) => (i + 0.5) / 20);
    for (const x of middles)
      for (const y of middles)
        for (const z of middles) if (points.some((p) => p[0]! < x && p[1]! < y && p[2]! < z)) cells++;
    expect(hypervolume(points, [1, 1, 1])).toBeCloseTo(cells / 8000, 9);
  });

  test("leaves out what is not finite, and refuses another number of objectives", () => {
    const points = [
      [1, 1],
      [Number.NaN, 0],
      [0, -Infinity],
    ];
    expect(hypervolume(points, [2, 2])).toBe(1);
    expect(hypervolumeContributions(points, [2, 2])).toEqual([1, 0, 0]);
    expect(() => hypervolume(points, [2, 2, 2])).toThrow(EvaluationError);
    expect(() => hypervolume(points, [2, Infinity])).toThrow(/reference point is \(2, Infinity\)/);
  });
});

describe("the history of hypervolume", () => {
  const turning = {
    steps: [0, 10, 20],
    points: [
      { dpo: 3, sft: 3 },
      { dpo: 1, sft: 3 },
      { dpo: 3, sft: 1 },
    ],
  };
  test("of what was seen never falls; of where runs stand it does", () => {
    const reference = { dpo: 4, sft: 4 };
    expect(hypervolumeHistory([turning], reference)).toEqual({ steps: [0, 10, 20], hypervolume: [1, 3, 5] });
    expect(hypervolumeHistory([turning], reference, { of: "current" }).hypervolume).toEqual([1, 3, 3]);
  });

  test("of several runs has every step of any of them once", () => {
    const other = {
      steps: [10, 15],
      points: [
        { dpo: 1, sft: 3 },
        { dpo: 1, sft: 1 },
      ],
    };
    const { steps, hypervolume: values } = hypervolumeHistory([turning, other], { dpo: 4, sft: 4 });
    expect(steps).toEqual([0, 10, 15, 20]);
    expect(values).toEqual([1, 3, 9, 9]);
  });
});

describe("inverted generational distance", () => {
  test("is 0 where the front is reached, and the distance to what is missed otherwise", () => {
    const front = [
      [0, 1],
      [1, 0],
    ];
    expect(igd(front, front)).toBe(0);
    expect(igd([[0, 1]], front)).toBeCloseTo(Math.SQRT2 / 2, 15);
    // (−3, 1) is better than (0, 1): that counts for IGD, not for IGD⁺.
    expect(igd([[-3, 1]], [[0, 1]])).toBe(3);
    expect(igdPlus([[-3, 1]], [[0, 1]])).toBe(0);
  });

  test("falls, or stays, when a point is added, and says when there is nothing to measure", () => {
    const points = randomPoints("igd", 20, 3);
    const front = randomPoints("igd front", 10, 3);
    for (let i = 2; i <= points.length; i++)
      for (const indicator of [igd, igdPlus])
        expect(indicator(points.slice(0, i), front)).toBeLessThanOrEqual(
          indicator(points.slice(0, i - 1), front),
        );
    expect(() => igd([[Number.NaN, 1]], [[0, 1]])).toThrow(/none of 1 points is finite/);
    expect(() => igd([[0, 1]], [])).toThrow(/front has no points/);
  });
});
