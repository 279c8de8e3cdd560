import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parseSpecification, readSnapshot, train } from "../../src/index.ts";
import {
  choicesFile,
  compactRun,
  experiment,
  experimentNames,
  gridRuns,
  gridTable,
  type ShippedRun,
  shippedRuns,
  shippedSeeds,
} from "../../src/paper/index.ts";

const folder = mkdtempSync(join(tmpdir(), "alright-grid-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("the grid's specification file", () => {
  test("has specifications alone that a run can be made of, each with a name of its own", () => {
    for (const name of experimentNames()) {
      const runs = gridRuns(name, 3);
      expect(new Set(runs.map((run) => run.name)).size).toBe(runs.length);
      for (const { specification } of runs) expect(parseSpecification(specification).seed).toBe(3);
    }
  });

  test("has the paper's four methods at its five λ / T pairs, in both orders", () => {
    for (const [name, order, stages] of [
      ["dpo-first", "dpo,sft", ["50,250", "100,200", "150,150", "200,100", "250,50"]],
      ["sft-first", "sft,dpo", ["250,50", "200,100", "150,150", "100,200", "50,250"]],
    ] as const) {
      const runs = gridRuns(name, 0).map(({ specification }) => parseSpecification(specification));
      expect(runs).toHaveLength(20);
      const sequential = runs.filter(({ method }) => method.name === "sequential");
      expect(sequential.map(({ method }) => String(method.order))).toEqual(Array(5).fill(order));
      expect(sequential.map(({ method }) => String(method.steps))).toEqual(stages);
      for (const method of ["mix", "alright", "maxright"])
        expect(runs.flatMap((run) => (run.method.name === method ? [run.method.lambda] : []))).toEqual([
          0.01, 0.25, 0.5, 0.75, 0.99,
        ]);
    }
  });

  test("names the nearest experiment", () => {
    expect(() => experiment("dpo-frist")).toThrow('did you mean "dpo-first"?');
  });
});

test("shipped runs are those of the specification file, and read as finished runs with a choice for each step", () => {
  for (const name of experimentNames().filter((each) => shippedSeeds(each).length > 0))
    for (const { seed, id, record, summary, snapshot, choices } of shippedRuns(name)) {
      const asked = gridRuns(name, seed).find((run) => `${name}/${run.name}` === id)!;
      expect(record.specification).toEqual(parseSpecification(asked.specification));
      expect(snapshot).toMatchObject({ state: "finished", step: 300, resources: { tokens: summary.tokens } });
      expect(snapshot.series.dpo.at(-1)).toBeCloseTo(summary.losses.dpo!, 4);
      expect(choices).toMatch(/^[dsb]{300}$/);
    }
});

test("a compact run keeps path, summary and choices, and nothing of its machine", async () => {
  const run = train(
    {
      model: "toy:conflict",
      data: {},
      method: { name: "alright", lambda: 0.5 },
      steps: 60,
      evaluation: { every: 10 },
      seed: 1,
    },
    { runs: join(folder, "runs") },
  );
  await run.done;
  compactRun(run.directory, join(folder, "grid"), "alright-0.5-seed1");
  const place = join(folder, "grid", "alright-0.5-seed1");
  expect(readdirSync(place).sort()).toEqual([choicesFile, "events.jsonl", "run.json", "summary.json"].sort());
  const [before, after] = [readSnapshot(run.directory), readSnapshot(place)];
  expect(after.series.step).toEqual(before.series.step);
  expect(after.series.dpo).toEqual(before.series.dpo);
  expect(after.series.sft).toEqual(before.series.sft);
  expect(after).toMatchObject({ state: "finished", step: 60, start: before.start, ideal: before.ideal });
  expect(readFileSync(join(place, choicesFile), "utf8")).toMatch(/^[ds]{60}\n$/);
  for (const file of readdirSync(place))
    expect(readFileSync(join(place, file), "utf8")).not.toContain(folder);
});

describe("a grid's table", () => {
  const { pairs } = experiment("dpo-first");
  const [real] = shippedRuns("dpo-first");
  const distances = { sequential: [8, 7, 9], maxright: [1, 1.5, 0.5] };
  const runs = Object.entries(distances).flatMap(([method, bySeed]) =>
    pairs.flatMap((_, pair) =>
      bySeed.map((idealDistance, seed) => ({
        ...real!,
        method,
        pair,
        seed,
        summary: { ...real!.summary, idealDistance: idealDistance + pair },
      })),
    ),
  );
  const reach = (run: ShippedRun) => run.summary.idealDistance!;

  test("has means over seeds, and compares runs of the same seed", () => {
    const table = gridTable(runs, pairs);
    expect(table.seeds).toEqual([0, 1, 2]);
    // t(.975; 2) = 4.3027, deviation ½ over √3
    expect(table.row("maxright", reach, 2)).toBe(
      [1, 2, 3, 4, 5].map((mean) => `${mean}.00 ± 1.24`).join(", "),
    );
    expect(table.margins((at) => reach(at("sequential")) - reach(at("maxright")))).toEqual(
      pairs.map(({ lambda }) => ({ at: `λ = ${lambda}`, bySeed: [7, 5.5, 8.5] })),
    );
    expect(table.margin("spread", (at) => reach(at("maxright", 4)) - reach(at("maxright", 0)))).toEqual([
      { at: "spread", bySeed: [4, 4, 4] },
    ]);
  });

  test("says what it has where a run is asked for that it has not", () => {
    expect(() => gridTable(runs, pairs).run("mix", 1)).toThrow(
      "no run of mix at λ = 0.25, seed 0; it has sequential, maxright at λ = 0.01, λ = 0.25, λ = 0.5, λ = 0.75, λ = 0.99 and seeds 0, 1, 2",
    );
  });
});
