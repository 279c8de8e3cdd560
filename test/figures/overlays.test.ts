import { describe, expect, it } from "vitest";
import { hypervolume } from "../../src/evaluation/hypervolume.ts";
import { figure, renderSvg, themes } from "../../src/figures/index.ts";
import type { ScatterTrace } from "../../src/figures/trace.ts";
import type { PlotMessage } from "../../src/runs/snapshot.ts";
import { fourMethods, manyLambdas, path, snapshot } from "./messages.ts";

const drawn = (message: PlotMessage, overlays: { front?: boolean; lambdas?: boolean }) =>
  figure(message, themes.light, { overlays }).traces as readonly ScatterTrace[];
const at = (runId: string, sft: number, dpo: number, lambda: number | null = 0.5) =>
  snapshot({
    runId,
    lambda,
    start: { dpo: 2, sft: 3 },
    ideal: null,
    series: { step: [10], dpo: [dpo], sft: [sft], trainStep: [], trainDpo: [], trainSft: [] },
  });
const message = (runs: PlotMessage["runs"]): PlotMessage => ({ version: 1, view: "objective", runs });

/** The shoelace formula. */
function area(x: readonly number[], y: readonly number[]): number {
  const twice = x.map((xi, i) => xi * y[(i + 1) % y.length]! - x[(i + 1) % x.length]! * y[i]!);
  return Math.abs(twice.reduce((sum, part) => sum + part, 0)) / 2;
}

describe("the front", () => {
  const runs = [at("a", 1, 1.5), at("b", 2, 0.5), at("c", 2.5, 1.8)];

  it("joins the runs that no other one beats, and leaves the others out", () => {
    const front = drawn(message(runs), { front: true }).find(({ name }) => name.startsWith("Front"))!;
    expect(front.x).toEqual([1, 2]);
    expect(front.y).toEqual([1.5, 0.5]);
  });

  it("shades exactly the hypervolume below where the runs started, and says how much it is", () => {
    const traces = drawn(message(runs), { front: true });
    const region = traces.find(({ name }) => name === "Hypervolume")!;
    // Boxes (3 − 1) × (2 − 1.5) and (3 − 2) × (1.5 − 0.5).
    expect(area(region.x, region.y)).toBeCloseTo(2, 12);
    expect(
      hypervolume(
        [
          { dpo: 1.5, sft: 1 },
          { dpo: 0.5, sft: 2 },
        ],
        { dpo: 2, sft: 3 },
      ),
    ).toBeCloseTo(2, 12);
    expect(traces.find(({ name }) => name === "Front, hypervolume 2.00")).toBeDefined();
    expect(region.fill).toBe("toself");
  });

  it("is not drawn for a run alone, nor unless it is asked for", () => {
    expect(drawn(message([runs[0]!]), { front: true }).some(({ name }) => name.startsWith("Front"))).toBe(
      false,
    );
    expect(drawn(message(runs), {}).some(({ name }) => name.startsWith("Front"))).toBe(false);
  });

  it("is in pictures, too", () => {
    const svg = renderSvg({ ...manyLambdas, view: "front" });
    expect(svg).toContain("Front, hypervolume");
    expect(svg).not.toContain("NaN");
  });
});

describe("iso-λ lines", () => {
  it("have the same weighted loss along them, the least of all runs, and end at the frame", () => {
    const { traces, layout } = figure(manyLambdas, themes.light, { overlays: { lambdas: true } });
    const lines = (traces as ScatterTrace[]).filter(({ name }) => name.startsWith("Iso-λ"));
    expect(lines.map(({ name }) => name)).toEqual([0.01, 0.25, 0.5, 0.75, 0.99].map((l) => `Iso-λ ${l}`));
    const ends = manyLambdas.runs.map(({ series }) => [series.sft.at(-1)!, series.dpo.at(-1)!] as const);
    for (const line of lines) {
      const lambda = Number(line.name.split(" ")[1]);
      const weighted = (sft: number, dpo: number) => lambda * dpo + (1 - lambda) * sft;
      const least = Math.min(...ends.map(([sft, dpo]) => weighted(sft, dpo)));
      for (const i of [0, 1]) {
        expect(weighted(line.x[i]!, line.y[i]!)).toBeCloseTo(least, 9);
        const [x, y] = [layout.xaxis.range!, layout.yaxis.range!];
        const onFrame = [line.x[i]! - x[0], line.x[i]! - x[1], line.y[i]! - y[0], line.y[i]! - y[1]];
        expect(Math.min(...onFrame.map(Math.abs))).toBeLessThan(1e-9);
      }
    }
  });

  it("stand upright for λ = 0 and lie flat for λ = 1", () => {
    const lines = drawn(message([at("a", 1, 1.5, 0), at("b", 2, 0.5, 1)]), { lambdas: true }).filter(
      ({ name }) => name.startsWith("Iso"),
    );
    expect(lines[0]!.x).toEqual([1, 1]);
    expect(lines[1]!.y).toEqual([0.5, 0.5]);
  });
});

it("a hover tells both gaps where the ideal point is known", () => {
  const hover = drawn(fourMethods, {}).find(
    (t) => t.legendgroup === "al" && t.hovertemplate && t.mode === "lines",
  )!;
  const [step, sft, dpo] = hover.customdata!.at(-1) as number[];
  expect(step).toBe(400);
  expect(sft).toBeCloseTo(hover.x.at(-1)! - 1.498, 12);
  expect(dpo).toBeCloseTo(hover.y.at(-1)! - 0.065, 12);
  expect(hover.hovertemplate).toMatch(/gap %\{customdata\[1\].*gap %\{customdata\[2\]/);
});

it("many long runs are drawn by a few thousand points, from where each started to where it stands", () => {
  const runs = Array.from({ length: 12 }, (_, i) =>
    snapshot({
      ...path(
        [
          [1.95, 1.06],
          [1.6 + i / 100, 0.3],
        ],
        1000,
      ),
      runId: `run-${i}`,
    }),
  );
  const traces = drawn(message(runs), {});
  const points = traces
    .filter(({ hovertemplate }) => hovertemplate)
    .reduce((sum, { x }) => sum + x.length, 0);
  expect(points).toBeLessThan(5000);
  for (const { runId, series } of runs) {
    const hover = traces.find((t) => t.legendgroup === runId && t.hovertemplate && t.mode === "lines")!;
    expect([hover.x[0], hover.y[0]]).toEqual([1.95, 1.06]);
    expect([hover.x.at(-1), hover.y.at(-1)]).toEqual([series.sft.at(-1), series.dpo.at(-1)]);
  }
});

it("many runs fade once none of them goes on; while one does, each path is one line", () => {
  const many = (state: "running" | "finished") =>
    drawn(message(manyLambdas.runs.map((run) => ({ ...run, state }))), {}).filter(
      (t) => t.legendgroup === "mix-0.5",
    );
  expect(many("finished").filter((t) => t.hoverinfo === "skip").length).toBe(6);
  expect(many("running").map(({ mode }) => mode)).toEqual(["lines", "lines+markers"]);
  expect(many("running")[0]!.line!.color).toMatch(/^#/);
});
