import { describe, expect, test } from "vitest";
import { Random, Sampler } from "../../src/data/index.ts";

const options = { rows: 10, batchSize: 4, seed: 42, name: "sft" };
const draw = (sampler: Sampler, batches: number) =>
  Array.from({ length: batches }, () => Array.from(sampler.next()));

describe("a sampler", () => {
  test("draws every row once an epoch, the last batch being smaller", () => {
    const sampler = new Sampler(options);
    expect(sampler.batches).toBe(3);
    for (let epoch = 0; epoch < 3; epoch++) {
      const batches = draw(sampler, 3);
      expect(batches.map((batch) => batch.length)).toEqual([4, 4, 2]);
      expect(batches.flat().sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
  });

  test("orders rows anew each epoch, by the seed and the name alone", () => {
    const six = draw(new Sampler(options), 6);
    expect(six.slice(0, 3)).not.toEqual(six.slice(3));
    expect(draw(new Sampler(options), 6)).toEqual(six);
    expect(draw(new Sampler({ ...options, name: "dpo" }), 6)).not.toEqual(six);
    expect(draw(new Sampler({ ...options, seed: 43 }), 6)).not.toEqual(six);
    expect(draw(new Sampler({ ...options, batchSize: 5 }), 4).flat()).toEqual(six.flat());
  });

  test("goes on from any stored position", () => {
    for (let before = 0; before < 8; before++) {
      const sampler = new Sampler(options);
      draw(sampler, before);
      const state = JSON.parse(JSON.stringify(sampler.state()));
      const after = draw(sampler, 5);
      const other = new Sampler(options);
      other.restore(state);
      expect(draw(other, 5)).toEqual(after);
    }
  });

  test("refuses a state that does not fit, and empty sets", () => {
    expect(() => new Sampler(options).restore({ epoch: 0, position: 11 })).toThrow(/does not fit 10 rows/);
    expect(() => new Sampler({ ...options, rows: 0 })).toThrow(/rows is 0; expected a positive integer/);
  });
});

describe("the generator", () => {
  test("is sfc32 as published", () => {
    // PractRand's sfc32 seeded through state (a, b, c, counter) = (0, 0, 0, 1): the recurrence by hand.
    const random = new Random(0);
    random.restore([0, 0, 0, 1]);
    // tmp = a + b + counter++; a = b ^ b >>> 9; b = c + (c << 3); c = rotl(c, 21) + tmp
    expect([random.bits(), random.bits(), random.bits()]).toEqual([1, 2, 12]);
  });

  test("goes on from a stored state", () => {
    const random = new Random("key", 7);
    random.next();
    const state = JSON.parse(JSON.stringify(random.state()));
    const next = [random.next(), random.normal(), random.integer(9)];
    const other = new Random("other");
    other.restore(state);
    expect([other.next(), other.normal(), other.integer(9)]).toEqual(next);
  });

  test("is uniform and normal within what chance allows", () => {
    const seed = Date.now();
    console.log(`seed ${seed}`);
    const random = new Random(seed);
    const n = 100_000;
    const bins = new Float64Array(10);
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < n; i++) {
      bins[Math.floor(random.next() * 10)]!++;
      const z = random.normal();
      sum += z;
      squares += z * z;
    }
    const chi2 = bins.reduce((total, count) => total + (count - n / 10) ** 2 / (n / 10), 0);
    expect(chi2).toBeLessThan(45); // 9 degrees of freedom: p < 1e-6
    expect(Math.abs(sum / n)).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(squares / n - 1)).toBeLessThan((5 * Math.SQRT2) / Math.sqrt(n));
  });

  test("keys are streams of their own", () => {
    expect(new Random(1, "a").next()).not.toBe(new Random(1, "b").next());
    expect(new Random(1, "a").next()).not.toBe(new Random(2, "a").next());
    expect(new Random(1, "a").next()).toBe(new Random(1, "a").next());
  });
});
