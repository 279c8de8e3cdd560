import { describe, expect, test } from "vitest";
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
