import { describe, expect, test } from "vitest";
import { parseSpecification } from "../../src/index.ts";
import {
  compareRuns,
  drawPoints,
  experimentsOf,
  type MadeRun,
  shippedRuns,
  specificationAgain,
} from "../../src/paper/index.ts";

const shipped = shippedRuns("max-evaluation-step")[0]!;
const other = "linux-arm64, another one";
const here = shipped.record.versions.processor!;
const changed = (losses: number, tokens = 1, choices = shipped.choices, processor = here): MadeRun => ({
  record: { ...shipped.record, versions: { ...shipped.record.versions, processor } },
  choices,
  summary: {
    ...shipped.summary,
    losses: { dpo: shipped.summary.losses.dpo! * losses, sft: shipped.summary.losses.sft! },
    tokens: Math.round(shipped.summary.tokens * tokens),
  },
});

describe("a run made again", () => {
  test("has to be the same to the last bit on the same machine", () => {
    expect(compareRuns(shipped, changed(1))).toEqual({
      exact: true,
      sameMachine: true,
      differences: [],
    });
    const { exact, differences } = compareRuns(shipped, changed(1 + 1e-12));
    expect(exact).toBe(false);
    expect(differences).toHaveLength(1);
    expect(differences[0]).toMatch(/^DPO loss: shipped .*, here .* \(to the last bit\)$/);
  });

  test("may differ by rounding on another one, within the stated tolerance", () => {
    const turned = (count: number) => "d".repeat(count) + shipped.choices.slice(count);
    const steps = shipped.choices.indexOf("d");
    expect(steps, "SFT comes first in this run").toBeGreaterThan(4);
    expect(compareRuns(shipped, changed(1.019, 1.009, turned(3), other)).differences).toEqual([]);
    expect(compareRuns(shipped, changed(1.021, 1, shipped.choices, other)).differences[0]).toContain(
      "(within 2 %)",
    );
    expect(compareRuns(shipped, changed(1, 1.02, shipped.choices, other)).differences[0]).toContain("tokens");
    expect(compareRuns(shipped, changed(1, 1, turned(4), other)).differences).toEqual([
      "4 of 300 steps on another objective (at most 3 allowed)",
    ]);
    expect(compareRuns(shipped, changed(Number.NaN)).differences).toHaveLength(1);
  });

  test("may differ likewise with another number of threads", () => {
    const record = { ...shipped.record, versions: { ...shipped.record.versions, threads: "2" } };
    const again = { ...changed(1.001), record };
    expect(compareRuns(changed(1), again)).toMatchObject({ sameMachine: false, differences: [] });
  });

  test("has the shipped run's specification, and its f* given instead of computed", () => {
    const again = parseSpecification(specificationAgain(shipped));
    expect(again).toEqual({ ...shipped.record.specification, ideal: shipped.summary.ideal });
  });
});

describe("the draw", () => {
  const claims: { item?: string; claim: string }[] = [
    ...Array.from({ length: 10 }, (_, i) => ({ item: "Fig. 4", claim: `k ${i}` })),
    { item: "Fig. 3", claim: "a" },
    { item: "Thm 4.1", claim: "of no shipped run" },
    { claim: "of no item" },
  ];
  const ids = (seed: number) => drawPoints(claims, seed).map(({ claim, run }) => [claim.claim, run.id]);

  test("gives each claim about shipped runs one of its experiment's", () => {
    const drawn = drawPoints(claims, 1);
    expect(drawn).toHaveLength(11);
    for (const { claim, experiment, run } of drawn) {
      expect(experimentsOf(claim.item!)).toContain(experiment);
      expect(run.id.startsWith(`${experiment}/`)).toBe(true);
    }
    expect(experimentsOf("Thm 4.1")).toEqual([]);
    expect(experimentsOf("Fig. 3, Table 9")).toContain("dpo-first");
  });

  test("is its seed's", () => {
    expect(ids(1)).toEqual(ids(1));
    expect(ids(2)).not.toEqual(ids(1));
    expect(new Set(ids(1).map(([claim]) => claim)).size).toBe(11);
  });
});

test("the grid can be read from where it was made again", () => {
  const before = process.env.ALRIGHT_GRID;
  try {
    process.env.ALRIGHT_GRID = "/nowhere";
    expect(() => shippedRuns("dpo-first")).toThrow("no seed has all of its runs");
    expect(experimentsOf("Fig. 3")).toEqual([]);
  } finally {
    if (before === undefined) delete process.env.ALRIGHT_GRID;
    else process.env.ALRIGHT_GRID = before;
  }
  expect(experimentsOf("Fig. 3")).toEqual(["dpo-first"]);
});
