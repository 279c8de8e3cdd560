import { describe, expect, test } from "vitest";
import { nextLambda } from "../../src/sweeps/adaptive.ts";
import { gridPoints } from "../../src/sweeps/grid.ts";

const base = { model: "toy:conflict", data: {} };

describe("a grid's runs", () => {
  test("methods, λ and k where a method has them, each with all seeds", () => {
    const points = gridPoints({
      base,
      methods: ["mix", "maxright", "mgda"],
      lambda: [0.2, 0.8],
      k: [1, 10],
      seeds: [1, 2],
    });
    const shown = points.map(({ method: { name, lambda, k }, seed }) => [name, lambda, k, seed].join(" "));
    expect(shown).toEqual([
      "mix 0.2  1",
      "mix 0.2  2",
      "mix 0.8  1",
      "mix 0.8  2",
      "maxright 0.2 1 1",
      "maxright 0.2 1 2",
      "maxright 0.2 10 1",
      "maxright 0.2 10 2",
      "maxright 0.8 1 1",
      "maxright 0.8 1 2",
      "maxright 0.8 10 1",
      "maxright 0.8 10 2",
      "mgda   1",
      "mgda   2",
    ]);
  });

  test("what a method was given stays; equal runs are one", () => {
    const methods = [{ name: "mix", lambda: 0.1 }, "mix", "mix"];
    const points = gridPoints({ base, methods, lambda: [0.1, 0.3], seeds: [1, 1] });
    expect(points).toEqual([
      { method: { name: "mix", lambda: 0.1 }, seed: 1 },
      { method: { name: "mix", lambda: 0.3 }, seed: 1 },
    ]);
  });

  test("nothing to sweep, an empty list, an unknown method", () => {
    expect(() => gridPoints({ base })).toThrow("names no method");
    expect(() => gridPoints({ base, methods: ["mix"], seeds: [] })).toThrow("seeds is an empty list");
    expect(() => gridPoints({ base, methods: ["mixx"] })).toThrow('did you mean "mix"');
  });
});

describe("the next λ", () => {
  const at = (lambda: number, dpo: number, sft: number) => ({ lambda, point: { dpo, sft } });

  test("is in the middle of the neighbours with the largest box between them", () => {
    // Boxes 2 × 0.5 and 1 × 0.4.
    expect(nextLambda([at(0, 4, 1), at(0.5, 2, 1.5), at(1, 1, 1.9)])).toBe(0.25);
    expect(nextLambda([at(1, 1, 4), at(0, 4, 1), at(0.5, 3.9, 1.1)])).toBe(0.75);
  });

  test("a dominated end leaves no room; without any, the widest interval", () => {
    expect(nextLambda([at(0, 1, 1), at(0.2, 2, 2), at(1, 3, 3)])).toBe(0.6);
    expect(nextLambda([at(0, 3, 1), at(0.5, 1, 2), at(1, 2, 3)])).toBe(0.25);
  });

  test("what is still computed stands between its neighbours; ends that are not known leave the widest", () => {
    expect(nextLambda([at(0, 4, 1), { lambda: 0.5, point: null }, at(0.6, 3, 2), at(1, 2.9, 2.1)])).toBe(
      0.25,
    );
    expect(
      nextLambda([
        { lambda: 0, point: null },
        { lambda: 1, point: null },
      ]),
    ).toBe(0.5);
  });

  test("λ that are as close as they get end it", () => {
    expect(nextLambda([at(0.5, 2, 1), at(0.5001, 1, 2)])).toBeNull();
    expect(nextLambda([at(0.5, 2, 1)])).toBeNull();
  });
});
