import { describe, expect, test } from "vitest";
import { figure, renderSvg, themes } from "../../src/figures/index.ts";
import type { ScatterTrace } from "../../src/figures/trace.ts";
import { PlotMessage } from "../../src/runs/snapshot.ts";
import { sweepMessage } from "../../src/sweeps/plot.ts";
import type { Outcome } from "../../src/sweeps/record.ts";
import type { SweepSnapshot } from "../../src/sweeps/results.ts";
import { configurations, csvOf, summaryColumns, summaryRows } from "../../src/sweeps/summary.ts";

const outcome = (dpo: number | null, sft: number | null): Outcome => ({
  dpo,
  sft,
  idealDistance: dpo === null || sft === null ? null : Math.hypot(dpo, sft),
  dpoGap: null,
  sftGap: null,
  start: { dpo: 4, sft: 4 },
  seconds: 1,
  tokens: 1,
  peakMemory: null,
});

const gathered = [
  { method: { name: "mix", lambda: 0.5 }, outcomes: [outcome(1, 2), outcome(3, 2)], failed: 0 },
  { method: { name: "maxright", lambda: 0.5, k: 10 }, outcomes: [outcome(3, 1)], failed: 1 },
  { method: { name: "mgda" }, outcomes: [outcome(3, 3)], failed: 0 },
  { method: { name: "cagrad", lambda: 0.5, c: 0.4 }, outcomes: [], failed: 2 },
  { method: { name: "dpo" }, outcomes: [outcome(1, null)], failed: 0 },
];

describe("what a sweep's runs have left", () => {
  const all = configurations(gathered);

  test("mean and sample deviation over seeds; the front is of means", () => {
    expect(all[0]!.dpo).toMatchObject({ mean: 2, count: 2 });
    expect(all[0]!.dpo!.deviation).toBeCloseTo(Math.SQRT2, 12);
    expect(all.map(({ onFront }) => onFront)).toEqual([true, true, false, false, false]);
    expect(all.map(({ k }) => k)).toEqual([null, 10, null, null, null]);
  });

  test("hypervolume that each mean adds, below where the runs started", () => {
    // Boxes of (2, 2) and (3, 1) below (4, 4): 4 and 3, of which 2 are shared.
    const rows = summaryRows(all);
    expect(rows.map(({ hypervolume }) => hypervolume)).toEqual([2, 1, 0, null, null]);
    expect(rows[3]).toMatchObject({ finished: 0, failed: 2, dpo: null, options: '{"c":0.4}' });
  });

  test("options at their default are not told; those of a method of one's own all are", () => {
    const steps = { order: ["dpo", "sft"], steps: [], epochs: [] };
    const methods = [
      { name: "sequential", threshold: 0.05, ...steps },
      { name: "cagrad", lambda: 0.5, c: 0.5 },
    ];
    const own = { name: "of-a-cell", ...steps };
    const told = configurations([...methods, own].map((method) => ({ method, outcomes: [], failed: 0 })));
    expect(told.map(({ options }) => options)).toEqual(['{"threshold":0.05}', "", JSON.stringify(steps)]);
  });

  test("as CSV, missing numbers are empty, and quotes are where they are needed", () => {
    const lines = csvOf(summaryRows(all), summaryColumns).split("\r\n");
    expect(lines[1]).toMatch(/^mix,0\.5,,,2,0,2,1\.41\d+,2,0,/);
    expect(lines[4]).toBe('cagrad,0.5,,"{""c"":0.4}",0,2,,,,,,,,false');
  });

  test("a plot message has one point for each, with its spread, and does not grow with the sweep", () => {
    const snapshot: SweepSnapshot = {
      id: "sweep-1",
      state: "running",
      total: 8,
      finished: 5,
      failed: 3,
      stopped: 0,
      going: 0,
      paused: 0,
      waiting: 0,
      configurations: all,
      runs: [],
      failures: [],
    };
    const message = sweepMessage(snapshot);
    expect(PlotMessage.safeParse(message).success).toBe(true);
    expect(message.title).toBe("Sweep: 5 of 8 runs, 3 failed");
    expect(message.runs.map(({ name }) => name)).toEqual([
      "mix λ=0.5, n=2, SFT ±0.0, DPO ±1.4",
      "maxright λ=0.5 k=10",
      "mgda",
    ]);
    expect(message.runs.map(({ spread }) => spread)).toEqual([
      { runs: 2, dpo: Number(Math.SQRT2.toPrecision(6)), sft: 0 },
      undefined,
      undefined,
    ]);
    const many = configurations(
      Array.from({ length: 2000 }, (_, i) => ({
        method: { name: "mix", lambda: i / 2000 },
        outcomes: [outcome(2 - i / 2000, 1 + i / 2000)],
        failed: 0,
      })),
    );
    const large = sweepMessage({ ...snapshot, configurations: many });
    expect(large.runs).toHaveLength(150);
    expect(JSON.stringify(large).length).toBeLessThan(100_000);

    // Its bars are in the figure, within its axes, and in the picture.
    const { traces, layout } = figure(message, themes.light);
    const bars = traces.filter(({ name }) => name === "spread") as ScatterTrace[];
    expect(bars).toHaveLength(1);
    expect(bars[0]!.y.at(-1)! - bars[0]!.y.at(-2)!).toBeCloseTo(2 * Math.SQRT2, 4);
    expect(bars[0]!.x[1]! - bars[0]!.x[0]!).toBe(0);
    expect(layout.yaxis.range![0]).toBeLessThanOrEqual(Math.min(...bars[0]!.y));
    expect(layout.yaxis.range![1]).toBeGreaterThanOrEqual(Math.max(...bars[0]!.y));
    const svg = renderSvg(message, { width: 760, height: 420 });
    expect(svg.match(/stroke-width="1\.5" stroke-linejoin="round"\/>/g)).toHaveLength(1);
  });
});
