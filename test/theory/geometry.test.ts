import { expect, test } from "vitest";
import { Random } from "../../src/data/random.ts";
import { dominates } from "../../src/evaluation/index.ts";
import { maxright } from "../../src/methods/maxright.ts";
import type { Decision } from "../../src/methods/method.ts";
import { parseOptions } from "../../src/runs/option-values.ts";
import {
  DiscMinimax,
  dpoGradient,
  dpoHessian,
  dpoLoss,
  type PreferenceRow,
  sftGradient,
  sftHessian,
  sftLoss,
  smallestEigenvalue,
  squaredGradientBounds,
  TheoryError,
} from "../../src/theory/index.ts";
import { randomSeed } from "../seed.ts";

const seed = randomSeed();
console.log(`seed ${seed}`);

/** A row with `responses` features of at most `norm`, a policy and a reference. */
function randomRow(random: Random, norm: number, scale: number) {
  const dimensions = 1 + random.integer(4);
  const vector = (length: number) => {
    const direction = Array.from({ length: dimensions }, () => random.normal());
    const size = Math.hypot(...direction);
    return direction.map((value) => (value / size) * length);
  };
  const features = Array.from({ length: 2 + random.integer(4) }, () => vector(norm * random.next()));
  const row: PreferenceRow = {
    features,
    reference: Float64Array.from(vector(scale * random.next())),
    beta: 2 * random.next(),
  };
  return { row, theta: Float64Array.from(vector(scale * random.next())) };
}

function differences(f: (theta: Float64Array) => number, theta: Float64Array, h = 1e-5): number[] {
  return [...theta].map((_, d) => {
    const [up, down] = [Float64Array.from(theta), Float64Array.from(theta)];
    up[d]! += h;
    down[d]! -= h;
    return (f(up) - f(down)) / (2 * h);
  });
}

test("gradients and Hessians of both objectives are those of finite differences", () => {
  const random = new Random(seed, "differences");
  for (let i = 0; i < 100; i++) {
    const { row, theta } = randomRow(random, 1.5, 3);
    const near = (found: number[], expected: number[]) => {
      for (const [d, value] of found.entries()) expect(value).toBeCloseTo(expected[d]!, 7);
    };
    near(
      dpoGradient(theta, row),
      differences((at) => dpoLoss(at, row), theta),
    );
    near(
      sftGradient(theta, row.features),
      differences((at) => sftLoss(at, row.features), theta),
    );
    for (let d = 0; d < theta.length; d++) {
      near(
        dpoHessian(theta, row)[d]!,
        differences((at) => dpoGradient(at, row)[d]!, theta),
      );
      near(
        sftHessian(theta, row.features)[d]!,
        differences((at) => sftGradient(at, row.features)[d]!, theta),
      );
    }
  }
});

test("Proposition A.1: no gradient is longer than its bound, and DPO's is reached in the limit", () => {
  const random = new Random(seed, "bounds");
  const square = (vector: number[]) => vector.reduce((sum, value) => sum + value ** 2, 0);
  for (let i = 0; i < 2000; i++) {
    const { row, theta } = randomRow(random, 1, 20);
    const bounds = squaredGradientBounds(row.beta, 1);
    expect(square(dpoGradient(theta, row))).toBeLessThanOrEqual(bounds.dpo * (1 + 1e-12));
    expect(square(sftGradient(theta, row.features))).toBeLessThanOrEqual(bounds.sft * (1 + 1e-12));
  }
  const row = { features: [[1], [-1]], reference: [100], beta: 0.5 };
  expect(square(dpoGradient([-100], row))).toBeCloseTo(squaredGradientBounds(0.5, 1).dpo, 9);
  expect(square(sftGradient([-100], row.features))).toBeCloseTo(squaredGradientBounds(0.5, 1).sft, 9);
});

test("Proposition A.2: no Hessian has a negative eigenvalue", () => {
  const random = new Random(seed, "convexity");
  for (let i = 0; i < 1000; i++) {
    const { row, theta } = randomRow(random, 2, 10);
    expect(smallestEigenvalue(dpoHessian(theta, row))).toBeGreaterThan(-1e-12);
    expect(smallestEigenvalue(sftHessian(theta, row.features))).toBeGreaterThan(-1e-12);
  }
});

test("smallest eigenvalues of matrices that are known", () => {
  expect(
    smallestEigenvalue([
      [2, 1],
      [1, 2],
    ]),
  ).toBeCloseTo(1, 12);
  expect(
    smallestEigenvalue([
      [0, 1],
      [1, 0],
    ]),
  ).toBeCloseTo(-1, 12);
  expect(smallestEigenvalue([[7]])).toBe(7);
  // The path on n vertices: 2cos(kπ/(n+1)).
  const path = Array.from({ length: 6 }, (_, i) =>
    Array.from({ length: 6 }, (_, j) => (Math.abs(i - j) === 1 ? 1 : 0)),
  );
  expect(smallestEigenvalue(path)).toBeCloseTo(2 * Math.cos((6 * Math.PI) / 7), 10);
});

const disc = new DiscMinimax({
  dpo: { direction: [-0.5, 0.5], shift: -2.49 },
  sft: { direction: [0.5, 0], shift: 0 },
  radius: 4,
});

test("the minimax solution is the best of a grid over the whole disc", () => {
  for (const lambda of [0.01, 0.25, 0.5, 0.75, 0.99]) {
    const { theta, value } = disc.solution(lambda);
    expect(Math.hypot(...theta)).toBeCloseTo(4, 12);
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i <= 80; i++)
      for (let angle = 0; angle < 720; angle++) {
        const r = (4 * i) / 80;
        const a = (angle * Math.PI) / 360;
        best = Math.min(best, disc.worst([r * Math.cos(a), r * Math.sin(a)], lambda));
      }
    expect(value).toBeLessThanOrEqual(best + 1e-12);
    expect(best - value).toBeLessThan(0.02);
  }
});

test("what is Pareto optimal is dominated by nothing, and everything else is", () => {
  const random = new Random(seed, "disc");
  const all: { point: { dpo: number; sft: number }; by: number }[] = Array.from({ length: 400 }, (_, i) => {
    const [r, a] = [4 * Math.sqrt(random.next()), 2 * Math.PI * random.next()];
    const theta = i < 100 ? disc.arc(random.next()) : ([r * Math.cos(a), r * Math.sin(a)] as const);
    return { point: disc.losses(theta), by: disc.dominatedBy(theta) };
  });
  for (const { by } of all.slice(0, 100)) expect(Math.abs(by)).toBeLessThan(1e-9);
  for (const { by } of all.slice(100)) expect(by).toBeGreaterThan(-1e-9);
  // No point of the cloud beats another one by more than the formula says can be gained.
  for (const a of all)
    for (const b of all)
      if (dominates(b.point, a.point))
        expect(Math.min(a.point.dpo - b.point.dpo, a.point.sft - b.point.sft)).toBeLessThanOrEqual(
          a.by + 1e-9,
        );
});

test("its MAXRIGHT is the library's method with a projection", () => {
  const [lambda, steps, alpha0] = [0.3, 300, 2];
  const options = parseOptions(maxright.options, { lambda, k: 1 }, "maxright");
  const decisions = maxright.start(options, () => 0.5, {
    steps,
    epoch: { dpo: 1, sft: 1 },
    ideal: disc.ideal,
  });
  let theta: readonly [number, number] = [0, 0];
  let next = decisions.next();
  for (let t = 1; t < steps; ) {
    const decision = next.value as Decision;
    const losses = disc.losses(theta);
    if (decision.kind === "step") {
      const [gx, gy] = disc.gradient("dpo" in decision.weights ? "dpo" : "sft", theta);
      const alpha = alpha0 / Math.sqrt(t++);
      const [x, y] = [theta[0] - alpha * gx, theta[1] - alpha * gy];
      const shrink = Math.max(1, Math.hypot(x, y) / disc.problem.radius);
      theta = [x / shrink, y / shrink];
    }
    next = decisions.next({ ...losses, losses, inner: [] });
  }
  const [x, y] = disc.maxright(lambda, steps, alpha0, [0, 0]);
  expect(x).toBeCloseTo(theta[0], 10);
  expect(y).toBeCloseTo(theta[1], 10);
});

test("MAXRIGHT closes in on the minimax value as T grows", () => {
  for (const lambda of [0.25, 0.5, 0.75]) {
    const gaps = [100, 1000, 10_000].map(
      (steps) => disc.worst(disc.maxright(lambda, steps, 2, [0, 0]), lambda) - disc.solution(lambda).value,
    );
    expect(gaps[0]).toBeGreaterThan(gaps[2]!);
    expect(gaps[2]).toBeLessThan(0.01);
    expect(Math.min(...gaps)).toBeGreaterThan(-1e-12);
  }
});

test("a disc without an arc says so", () => {
  const sft = { direction: [1, 0] as const, shift: 0 };
  expect(() => new DiscMinimax({ dpo: sft, sft, radius: 1 })).toThrow(TheoryError);
});
