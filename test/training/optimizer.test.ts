import { describe, expect, test } from "vitest";
import { parseSpecification } from "../../src/runs/parse-specification.ts";
import { adam, clipToNorm, globalNorm, scheduledLearningRate, sgd } from "../../src/training/optimizer.ts";

const parameter = (values: number[]) => ({
  name: "w",
  shape: [values.length],
  data: Float64Array.from(values),
});

describe("Adam", () => {
  test("its first step moves every weight by the learning rate against the gradient's sign", () => {
    const w = parameter([1, -2]);
    adam([w], { epsilon: 1e-12 }).update([Float64Array.of(3, -0.01)], 0.1);
    expect(w.data[0]).toBeCloseTo(0.9, 9);
    expect(w.data[1]).toBeCloseTo(-1.9, 9);
  });

  test("equals the formula of Kingma and Ba, with decoupled weight decay, over several steps", () => {
    const w = parameter([0.5]);
    const optimizer = adam([w], { betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0.1 });
    let [x, m, v] = [0.5, 0, 0];
    for (let t = 1; t <= 5; t++) {
      const g = Math.sin(t);
      m = 0.9 * m + 0.1 * g;
      v = 0.95 * v + 0.05 * g * g;
      x -= 0.01 * 0.1 * x;
      x -= (0.01 * (m / (1 - 0.9 ** t))) / (Math.sqrt(v / (1 - 0.95 ** t)) + 1e-8);
      optimizer.update([Float64Array.of(g)], 0.01);
      expect(w.data[0]).toBeCloseTo(x, 12);
    }
  });

  test("updates Float32Array in place", () => {
    const data = Float32Array.of(1, 2, 3);
    const optimizer = adam([{ name: "w", shape: [3], data }]);
    optimizer.update([Float32Array.of(1, 1, 1)], 0.5);
    expect([...data].map((value) => value.toFixed(4))).toEqual(["0.5000", "1.5000", "2.5000"]);
    expect(optimizer.state[0]).toBeInstanceOf(Float32Array);
  });
});

test("SGD adds the weight decay to the gradient", () => {
  const w = parameter([2]);
  sgd([w], { weightDecay: 0.5 }).update([Float64Array.of(3)], 0.1);
  expect(w.data[0]).toBeCloseTo(2 - 0.1 * (3 + 0.5 * 2), 12);
});

test("clipping scales all gradients by their global norm, and leaves small ones as they are", () => {
  const gradients = [Float64Array.of(3), Float64Array.of(0, 4)];
  expect(globalNorm(gradients)).toBe(5);
  clipToNorm(gradients, 5, 10);
  expect(gradients[1]![1]).toBe(4);
  clipToNorm(gradients, 5, 1);
  expect(globalNorm(gradients)).toBeCloseTo(1, 12);
});

describe("the learning rate", () => {
  const options = (more: object) =>
    parseSpecification({
      model: "toy:conflict",
      method: { name: "mix" },
      optimizer: { learningRate: 1, ...more },
    }).optimizer;
  const rates = (more: object, steps: number) =>
    Array.from({ length: steps }, (_, i) => scheduledLearningRate(options(more), i + 1, steps));

  test("is constant by default, and warms up linearly", () => {
    expect(rates({}, 3)).toEqual([1, 1, 1]);
    expect(rates({ warmup: 2 }, 4)).toEqual([0.5, 1, 1, 1]);
  });

  test("falls towards 0, linearly or as a cosine", () => {
    expect(rates({ schedule: "linear", warmup: 1 }, 5)).toEqual([1, 1, 0.75, 0.5, 0.25]);
    const cosine = rates({ schedule: "cosine" }, 4);
    expect(cosine[0]).toBe(1);
    expect(cosine[2]).toBeCloseTo(0.5, 12);
    expect(cosine[3]).toBeCloseTo((1 - Math.SQRT1_2) / 2, 12);
  });
});
