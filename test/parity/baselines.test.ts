/** Directions of MGDA, PCGrad and CAGrad against a PyTorch script that works on whole vectors (baselines.py). */
import { afterAll, describe, expect, test } from "vitest";
import { conflictAverseWeights } from "../../src/methods/cagrad.ts";
import { shortestCombination } from "../../src/methods/mgda.ts";
import { projectedWeights } from "../../src/methods/pcgrad.ts";
import { findTorchPython, PythonAnswers } from "./torch-python.ts";

const python = findTorchPython();

describe.skipIf(!python)("multi-objective baselines are PyTorch's", () => {
  const answers = python ? new PythonAnswers(python, "baselines.py") : null;
  afterAll(() => answers?.end());

  const wave = (length: number, frequency: number, scale: number) =>
    Array.from({ length }, (_, i) => scale * Math.sin(frequency * (i + 1)));
  const cases = [
    { a: wave(50, 1.3, 1), b: wave(50, 2.1, 1), weight: 0.5, c: 0.5 },
    { a: wave(50, 1.3, 1), b: wave(50, 1.35, -0.2), weight: 0.3, c: 0.4 },
    { a: wave(50, 0.7, 10), b: wave(50, 0.72, -0.5), weight: 0.9, c: 0.8 },
    { a: [1, 0, 0.2], b: [-1, 0.5, 0], weight: 0.5, c: 0.2 },
  ];
  for (const [i, job] of cases.entries())
    test(`case ${i + 1}`, async () => {
      const expected = (await answers!.ask(job)) as Record<string, number[]>;
      const { a, b, weight, c } = job;
      const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, v, j) => sum + v * y[j]!, 0);
      const inner = [
        [dot(a, a), dot(a, b)],
        [dot(b, a), dot(b, b)],
      ];
      const gamma = shortestCombination(inner);
      const found = {
        mgda: [gamma, 1 - gamma],
        pcgrad: projectedWeights(inner, weight),
        cagrad: conflictAverseWeights(inner, weight, c),
      };
      for (const [name, [wa, wb]] of Object.entries(found)) {
        const direction = a.map((value, j) => wa! * value + wb! * b[j]!);
        const scale = Math.sqrt(Math.max(dot(a, a), dot(b, b)));
        // A search on values finds a minimum's place to the root of their rounding.
        for (const [j, value] of direction.entries())
          expect(Math.abs(value - expected[name]![j]!), name).toBeLessThan(1e-6 * scale);
      }
    });
});
