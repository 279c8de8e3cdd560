import { describe, expect, it } from "vitest";
import { Random } from "../../src/data/random.ts";
import { lengthControlled, winRate } from "../../src/evaluation/index.ts";

const compared = (preference: number, model: number, reference: number) => ({
  preference,
  lengths: [model, reference] as const,
});

describe("win rate", () => {
  it("counts a draw as half, with pandas' standard error of the mean", () => {
    const found = winRate([compared(1, 5, 5), compared(0, 5, 5), compared(0.5, 5, 5), compared(1, 5, 5)]);
    expect(found).toMatchObject({
      winRate: 62.5,
      wins: 2,
      losses: 1,
      draws: 1,
      count: 4,
      lengthControlled: null,
    });
    // pandas.Series([1, 0, .5, 1]).sem() * 100
    expect(found.standardError).toBeCloseTo(23.935677693908453, 10);
  });

  it("says what can't be compared", () => {
    expect(() => winRate([])).toThrow("win rate: no comparisons; expected at least one");
    expect(() => winRate([compared(2, 1, 1)])).toThrow("comparison 1 has preference 2; expected 0 to 1");
  });
});

describe("length-controlled win rate", () => {
  it("is a half where length alone decides, however often the model's is the longer one", () => {
    // The longer one wins nine times of ten.
    const of = (count: number, longer: 0 | 1) =>
      Array.from({ length: count }, (_, i) => {
        const preference = i % 10 === 0 ? 1 - longer : longer;
        return longer ? compared(preference, 20, 10) : compared(preference, 10, 20);
      });
    const even = [...of(100, 1), ...of(100, 0)];
    expect(winRate(even).winRate).toBe(50);
    expect(lengthControlled(even)!).toBeCloseTo(50, 6);
    const longer = [...of(300, 1), ...of(100, 0)];
    expect(winRate(longer).winRate).toBe(70);
    expect(lengthControlled(longer)!).toBeCloseTo(50, 1);
  });

  it("finds the quality that verdicts were drawn with", () => {
    const seed = 7;
    const random = new Random(seed, "verdicts");
    const lengths = Array.from(
      { length: 20_000 },
      () => [50 + random.integer(100), 50 + random.integer(60)] as const,
    );
    const differences = lengths.map(([model, reference]) => reference - model);
    const mean = differences.reduce((a, b) => a + b, 0) / differences.length;
    const deviation = Math.sqrt(
      differences.reduce((a, d) => a + (d - mean) ** 2, 0) / (differences.length - 1),
    );
    const some = lengths.map(([model, reference]) => {
      const logit = 0.4 - 1.5 * Math.tanh((reference - model) / deviation);
      return compared(Number(random.next() < 1 / (1 + Math.exp(-logit))), model, reference);
    });
    const truth = 100 / (1 + Math.exp(-0.4));
    expect(Math.abs(lengthControlled(some)! - truth), `seed ${seed}`).toBeLessThan(1.5);
    expect(winRate(some).winRate).toBeGreaterThan(truth + 2);
  });

  it("stays finite where the model always wins", () => {
    const found = lengthControlled([compared(1, 10, 5), compared(1, 8, 9), compared(1, 7, 7)])!;
    expect(found).toBeGreaterThan(95);
    expect(found).toBeLessThan(100);
  });
});
