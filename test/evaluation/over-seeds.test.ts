import { describe, expect, test } from "vitest";
import { Random } from "../../src/data/random.ts";
import { Claims, decided, EvaluationError, overSeeds, saidOverSeeds } from "../../src/evaluation/index.ts";

describe("a mean over seeds", () => {
  test("has Student's interval: of .31 .46 .59 .40 .35, with t(.975; 4) = 2.7764451052 of the tables", () => {
    const { mean, interval, seeds } = overSeeds([0.31, 0.46, 0.59, 0.4, 0.35]);
    expect(mean).toBeCloseTo(0.422, 12);
    expect(interval![0]).toBeCloseTo(0.28615265211020413, 9);
    expect(interval![1]).toBeCloseTo(0.5578473478897958, 9);
    expect(seeds).toBe(5);
  });

  test("of one seed has no interval", () => {
    expect(overSeeds([0.5])).toEqual({ mean: 0.5, interval: null, seeds: 1 });
    expect(saidOverSeeds([0.5], 2)).toBe("0.50");
    expect(saidOverSeeds([-0.001], 2)).toBe("0.00");
    expect(saidOverSeeds([1, 2, 3], 1)).toBe("2.0 ± 2.5");
  });

  test("needs numbers", () => {
    expect(() => overSeeds([])).toThrow(
      new EvaluationError("over seeds: there are no values; expected a number for each seed"),
    );
    expect(() => overSeeds([1, Number.NaN])).toThrow("value 2 is NaN");
  });

  test("is inside its interval as often as it says", () => {
    const seed = 7;
    const random = new Random(seed, "intervals");
    const gaussian = () =>
      Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
    const rounds = 4000;
    let inside = 0;
    for (let i = 0; i < rounds; i++) {
      const [low, high] = overSeeds(Array.from({ length: 5 }, () => 3 + 2 * gaussian())).interval!;
      if (low <= 3 && 3 <= high) inside++;
    }
    // Four standard errors of a share of .95.
    expect(Math.abs(inside / rounds - 0.95), `seed ${seed}`).toBeLessThan(
      4 * Math.sqrt((0.95 * 0.05) / rounds),
    );
  });
});

describe("a margin", () => {
  test.each([
    ["for", [0.2, 0.3, 0.25]],
    ["against", [-0.2, -0.3, -0.25]],
    ["undecided", [0.2, -0.3, 0.25]],
    ["undecided", [0, 0, 0]],
    ["for", [0.2]],
    ["against", [-0.2]],
    ["against", [0]],
  ] as const)("is decided %s by %j", (decision, bySeed) => {
    expect(decided({ at: "λ = 0.5", bySeed })).toBe(decision);
  });
});

describe("a claim over seeds", () => {
  const claim = (margins: number[][], because?: string) =>
    new Claims("Order").overSeeds(
      "MAXRIGHT is nearer",
      margins.map((bySeed, i) => ({ at: `λ = ${i}`, bySeed })),
      { here: "0.3 against 0.6", ...(because !== undefined && { because }) },
    ).list[0]!;

  test("holds where every interval is above 0, and says over how many seeds", () => {
    expect(
      claim([
        [0.2, 0.3, 0.25],
        [1, 2, 1.5],
      ]),
    ).toEqual({
      claim: "MAXRIGHT is nearer",
      expected: "none given",
      here: "0.3 against 0.6; 3 seeds",
      held: true,
    });
    expect(claim([[0.2]])).toMatchObject({ here: "0.3 against 0.6; 1 seed", held: true });
  });

  test("says what makes the seeds differ only where they can't tell", () => {
    const undecided = "it depends on whose turn it was";
    const because = (bySeed: number[]) =>
      new Claims("Order").overSeeds("nearer", [{ at: "k = 30", bySeed }], { here: "1", undecided }).list[0]!
        .because;
    expect(because([-1, 1, 0.5])).toBe(`the 95 % interval of 3 seeds has 0 in it at k = 30: ${undecided}`);
    expect(because([0.9, 1, 1.1])).toBeUndefined();
    expect(because([-0.9, -1, -1.1])).toBeUndefined();
  });

  test("does not hold where seeds can't tell, and says so", () => {
    expect(
      claim([
        [0.2, 0.3, 0.25],
        [1, -2, 1.5],
      ]),
    ).toMatchObject({
      held: false,
      here: "0.3 against 0.6; 3 seeds; undecided: λ = 1 (-4.5 to 4.9)",
      because: "the 95 % interval of 3 seeds has 0 in it at λ = 1",
    });
  });

  test("fails where one is decided against it and no reason is known", () => {
    const found = claim([
      [-0.2, -0.3, -0.25],
      [1, -2, 1.5],
    ]);
    expect(found).toMatchObject({ held: false });
    expect(found.here).toContain("against it: λ = 0");
    expect(found).not.toHaveProperty("because");
    expect(claim([[-0.2]], "noise")).toMatchObject({ held: false, because: "noise" });
  });
});
