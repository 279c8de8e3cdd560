import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { EvaluationError, resources } from "../../src/index.ts";
import { nearestShare } from "../../src/runs/resources.ts";
import { PLOT_MIME, PlotMessage } from "../../src/runs/snapshot.ts";
import { type Made, makeRun } from "./made-runs.ts";

let runs: string;
beforeEach(() => {
  runs = mkdtempSync(join(tmpdir(), "alright-resources-"));
});
afterEach(() => rmSync(runs, { recursive: true }));

const sequential = (steps: [number, number], more: Omit<Made, "method"> = {}) =>
  makeRun(runs, { method: { name: "sequential", order: ["dpo", "sft"], steps }, ...more }).directory.path;
const mix = (lambda: number, more: Omit<Made, "method"> = {}) =>
  makeRun(runs, { method: { name: "mix", lambda }, ...more }).directory.path;

test("the paper's λ match its Sequential runs: .01 ↔ (1,5), .25 ↔ (2,4), .5 ↔ (3,3), .75 ↔ (4,2), .99 ↔ (5,1)", () => {
  const shares = [1, 2, 3, 4, 5].map((dpo) => dpo / 6);
  const matched = [0.01, 0.25, 0.5, 0.75, 0.99].map((lambda) =>
    Math.round(6 * nearestShare(shares, lambda)!),
  );
  expect(matched).toEqual([1, 2, 3, 4, 5]);
  expect(nearestShare([], 0.5)).toBeNull();
});

test("increases in percent over the matching run, (57) and (58)", () => {
  const paths = [
    sequential([10, 10], { seconds: 100, peakMemory: 2e8, cpu: 50 }),
    sequential([2, 18], { seconds: 1 }),
    mix(0.5, { seconds: 152, peakMemory: 3e8, cpu: 60 }),
  ];
  const { uses } = resources(paths);
  expect(uses).toHaveLength(1);
  expect(uses[0]).toMatchObject({ name: "Mix λ=0.5", utilisationOf: "cpu" });
  expect(uses[0]!.time).toMatchObject({ count: 1, deviation: null });
  expect(uses[0]!.time!.mean).toBeCloseTo(52, 12);
  expect(uses[0]!.peakMemory!.mean).toBeCloseTo(50, 12);
  expect(uses[0]!.utilisation!.mean).toBeCloseTo(20, 12);
});

test("seeds are repetitions, compared with their own baseline; the spread is over them", () => {
  const paths = [1, 2, 3].flatMap((seed) => [
    sequential([10, 10], { seed, seconds: 100 * seed }),
    mix(0.5, { seed, seconds: 150 * seed + 10 * seed * (seed - 2) }),
  ]);
  const [one] = resources(paths).uses;
  // +40, +50, +60 %.
  expect(one!.runs).toHaveLength(3);
  expect(one!.time).toMatchObject({ count: 3 });
  expect(one!.time!.mean).toBeCloseTo(50, 10);
  expect(one!.time!.deviation!).toBeCloseTo(10, 10);
  expect(one!.time!.smallest).toBeCloseTo(40, 10);
  expect(one!.utilisation).toBeNull();
});

test("without a baseline of its seed, a run is compared with all of them", () => {
  const paths = [
    sequential([10, 10], { seed: 1, seconds: 100 }),
    sequential([10, 10], { seed: 2, seconds: 200 }),
    mix(0.5, { seed: 9, seconds: 200 }),
  ];
  expect(resources(paths).uses[0]!.time).toMatchObject({ mean: 50, smallest: 0, largest: 100, count: 2 });
});

test("the GPU's utilisation where both ran on one", () => {
  const paths = [sequential([10, 10], { cpu: 50, gpu: 40 }), mix(0.5, { cpu: 50, gpu: 60 })];
  const [one] = resources(paths).uses;
  expect(one).toMatchObject({ utilisationOf: "gpu" });
  expect(one!.utilisation!.mean).toBeCloseTo(50, 12);
});

test("only runs that are alike are compared: another length, model or order is none", () => {
  const joint = mix(0.5);
  expect(() => resources([joint])).toThrow(EvaluationError);
  expect(() => resources([joint, sequential([20, 20], { steps: 40 })])).toThrow(/none is of a joint method/);
  expect(() => resources([joint, sequential([10, 10], { model: "toy:as-printed" })])).toThrow(
    EvaluationError,
  );
  expect(() => resources([joint, sequential([10, 10])], { order: ["sft", "dpo"] })).toThrow(EvaluationError);
  expect(() => resources([joint, sequential([10, 10], { ended: false })])).toThrow(EvaluationError);
});

test("they are shown as a plot message with bars, and in words", () => {
  const paths = [sequential([10, 10], { seconds: 100 }), mix(0.5, { seconds: 90 })];
  const found = resources(paths) as unknown as Record<symbol, () => Record<string, unknown>>;
  const shown = found[Symbol.for("Jupyter.display")]!();
  const message = PlotMessage.parse(shown[PLOT_MIME]);
  expect(message.bars!.groups).toEqual(["Time", "Peak memory", "Utilisation"]);
  expect(message.bars!.series[0]!.values[0]).toBeCloseTo(-10, 12);
  expect(shown["text/plain"]).toContain("Mix λ=0.5: time −10.0 %");
});
