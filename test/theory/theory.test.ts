import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Random } from "../../src/data/random.ts";
import { studentCdf, studentQuantile } from "../../src/evaluation/index.ts";
import { logProbs } from "../../src/models/softmax-policy.ts";
import {
  alternatingGap,
  correctedBound,
  counterexample,
  fitPowerLaw,
  noiseFloor,
  printedBound,
  sequentialPath,
  TheoryError,
  table2,
} from "../../src/theory/index.ts";
import { randomSeed } from "../seed.ts";

/** Made by make-scipy-fixture.py. */
const fixture = JSON.parse(readFileSync(new URL("scipy.json", import.meta.url), "utf8")) as {
  quantiles: { p: number; degrees: number; t: number }[];
  rates: {
    x: number[];
    y: number[];
    exponent: number;
    intercept: number;
    interval: [number, number];
    at: number;
    band: [number, number, number];
  }[];
  minima: { reference: number; lambda: number; theta: number; value: number; gapAtZero: number }[];
};

const seed = randomSeed();
console.log(`seed ${seed}`);

describe("the example of Theorem 3.3", () => {
  test("its closed forms are the softmax policy's losses on Table 2", () => {
    const random = new Random(seed, "losses");
    for (const reference of [-10, -5]) {
      const example = counterexample(reference);
      const pair = (theta: number) => {
        const [chosen, rejected] = logProbs(Float64Array.of(theta), table2.preference);
        return chosen! - rejected!;
      };
      for (let i = 0; i < 50; i++) {
        const theta = 30 * (random.next() - 0.5);
        expect(example.dpo(theta)).toBeCloseTo(Math.log1p(Math.exp(pair(reference) - pair(theta))), 9);
        expect(example.sft(theta)).toBeCloseTo(-logProbs(Float64Array.of(theta), table2.sft)[0]!, 9);
        const h = 1e-5;
        const slope = (f: (theta: number) => number) => (f(theta + h) - f(theta - h)) / (2 * h);
        expect(example.dpoGradient(theta)).toBeCloseTo(slope(example.dpo), 8);
        expect(example.sftGradient(theta)).toBeCloseTo(slope(example.sft), 8);
      }
    }
  });

  test("its minima and gaps are those that a numeric optimiser finds", () => {
    for (const { reference, lambda, theta, value, gapAtZero } of fixture.minima) {
      const example = counterexample(reference);
      expect(example.minimizer(lambda)).toBeCloseTo(theta, 5);
      expect(example.mix(example.minimizer(lambda), lambda)).toBeCloseTo(value, 10);
      expect(example.gap(0, lambda)).toBeCloseTo(gapAtZero, 10);
    }
  });

  test("at λ = ½: θ* = −5, f* = log(1 + e^2.5), G(0) = 0.27104; with θ_ref = −5: f* = 1.50193, G(0) = .1341", () => {
    const example = counterexample();
    expect(example.minimizer(0.5)).toBeCloseTo(-5, 12);
    expect(example.mix(-5, 0.5)).toBeCloseTo(Math.log1p(Math.exp(2.5)), 12);
    expect(example.gap(0, 0.5)).toBeCloseTo(0.27104, 5);
    expect(example.c).toBeCloseTo((1 + Math.exp(5)) / (1 + Math.exp(-5)), 9);
    expect(counterexample(-5).mix(counterexample(-5).minimizer(0.5), 0.5)).toBeCloseTo(1.50193, 5);
    expect(counterexample(-5).gap(0, 0.5)).toBeCloseTo(0.1341, 4);
  });

  test("Sequential's iterates", () => {
    const example = counterexample();
    // Recomputed in another program from (40) and (41).
    for (const [alpha, steps, theta, gap] of [
      [1, 10, -0.54, null],
      [1, 20, 1.9, 0.561],
      [1, 1000, 12.4, 3.01],
      [0.1, 100, -0.46, null],
      [0.1, 200, 1.98, 0.575],
    ] as const) {
      const { end } = sequentialPath(steps, alpha);
      expect(Math.abs(end - theta)).toBeLessThan(theta > 10 ? 0.05 : 0.005);
      if (gap !== null) expect(Math.abs(example.gap(end, 0.5) - gap)).toBeLessThan(gap > 1 ? 0.005 : 5e-4);
    }
    // A small step follows the flow θ' = −σ(θ/2 + 5), whose solution has θ/2 + 5 − e^{−(θ/2+5)} = const − t/2.
    const { afterDpo } = sequentialPath(100_001, 1e-4);
    const along = (theta: number) => theta / 2 + 5 - Math.exp(-(theta / 2 + 5));
    expect(along(afterDpo)).toBeCloseTo(along(0) - 5, 3);
  });

  test("no minimum at λ = 0 or 1", () => {
    expect(() => counterexample().minimizer(1)).toThrow(TheoryError);
  });
});

describe("Theorem 4.1", () => {
  /** E[G(θ_T)] over every sequence of draws. */
  const exactly = (lambda: number, steps: number, alpha0: number) => {
    const example = counterexample();
    const alpha = alpha0 / Math.sqrt(steps);
    const below = (theta: number, t: number): number =>
      t === steps
        ? example.gap(theta, lambda)
        : lambda * below(theta - alpha * example.dpoGradient(theta), t + 1) +
          (1 - lambda) * below(theta - alpha * example.sftGradient(theta), t + 1);
    return below(0, 1);
  };

  test("the simulated expectation is the one over all sequences of draws", () => {
    for (const [lambda, alpha0] of [
      [0.5, 5],
      [0.25, 2],
      [0.9, 10],
    ] as const) {
      const { mean, standardError } = alternatingGap(counterexample(), {
        lambda,
        steps: 13,
        alpha0,
        runs: 20_000,
        random: rng(lambda),
      });
      // Five standard errors: one false alarm in two million.
      expect(Math.abs(mean - exactly(lambda, 13, alpha0))).toBeLessThan(5 * standardError);
      expect(standardError).toBeLessThan(0.05);
    }
  });

  const rng = (key: number) => {
    const random = new Random(seed, "draws", key);
    return () => random.next();
  };

  test("the printed bound is violated, the corrected one is not", () => {
    const options = { lambda: 0.5, alpha0: 0.05, steps: 10_000, distance: 5, beta: 1, featureNorm: 1 };
    const { mean } = alternatingGap(counterexample(), { ...options, runs: 20, random: rng(0) });
    // Drift alone (the mean of a step's gradient, step by step) ends at 0.20598; the spread of θ adds little.
    expect(Math.abs(mean - 0.206)).toBeLessThan(0.002);
    expect(printedBound(options)).toBeCloseTo(0.051, 3);
    expect(correctedBound(options)).toBeCloseTo(2.5 + ((2 + Math.log(9999)) * 0.05 * 4) / 200, 12);
  });

  test("far along, √T E[G]/α₀ is the noise floor", () => {
    const [lambda, alpha0, steps] = [0.5, 20, 20_000];
    const { mean, standardError } = alternatingGap(counterexample(), {
      lambda,
      alpha0,
      steps,
      runs: 300,
      random: rng(1),
    });
    const scale = Math.sqrt(steps) / alpha0;
    // The constant is a limit: the next term is of the order of α.
    const slack = 0.1 * noiseFloor(counterexample(), lambda);
    expect(Math.abs(mean * scale - noiseFloor(counterexample(), lambda))).toBeLessThan(
      5 * standardError * scale + slack,
    );
  });
});

describe("rates", () => {
  test("Student's t is scipy's", () => {
    for (const { p, degrees, t } of fixture.quantiles) {
      const scale = Math.max(1, Math.abs(t));
      expect(Math.abs(studentQuantile(p, degrees) - t) / scale).toBeLessThan(1e-9);
      expect(studentCdf(t, degrees)).toBeCloseTo(p, 10);
    }
  });

  test("exponent, interval and band are scipy's and numpy's", () => {
    for (const rate of fixture.rates) {
      const fit = fitPowerLaw(rate.x, rate.y);
      expect(fit.exponent).toBeCloseTo(rate.exponent, 10);
      expect(fit.intercept).toBeCloseTo(rate.intercept, 9);
      for (const [i, end] of fit.interval.entries()) expect(end).toBeCloseTo(rate.interval[i]!, 9);
      const band = fit.at(rate.at);
      for (const [i, value] of [band.low, band.value, band.high].entries())
        expect(value / rate.band[i]!).toBeCloseTo(1, 8);
    }
  });

  test("an exact power law has its exponent and no width", () => {
    const x = [10, 100, 1000, 10_000];
    const { exponent, interval } = fitPowerLaw(
      x,
      x.map((value) => 3 * value ** -0.5),
    );
    expect(exponent).toBeCloseTo(-0.5, 12);
    expect(interval[1] - interval[0]).toBeLessThan(1e-10);
  });

  test("says what is wrong", () => {
    expect(() => fitPowerLaw([1, 2], [1, 2])).toThrow("at least 3 points");
    expect(() => fitPowerLaw([1, 2, 3], [1, 0, 2])).toThrow("which 0 has none of");
  });
});
