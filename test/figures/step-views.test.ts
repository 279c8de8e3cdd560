import { describe, expect, it } from "vitest";
import { figure, renderSvg, themes, type View } from "../../src/figures/index.ts";
import { atStep, lastStep } from "../../src/figures/replay.ts";
import type { ScatterTrace } from "../../src/figures/trace.ts";
import { PlotMessage } from "../../src/runs/snapshot.ts";
import { fourMethods, toy, withMetrics } from "./messages.ts";

const one: PlotMessage = { version: 1, view: "objective", runs: [withMetrics] };
const traces = (view: View, message = one) =>
  figure(message, themes.light, { view }).traces as readonly ScatterTrace[];

it("the example meets the schema", () => {
  expect(PlotMessage.parse(one)).toEqual(one);
});

describe("views over steps", () => {
  it("gaps are losses less f*, and the distance is their length", () => {
    const [sft, dpo] = traces("gaps");
    const last = { sft: withMetrics.series.sft.at(-1)! - 1.498, dpo: withMetrics.series.dpo.at(-1)! - 0.065 };
    expect(sft!.y.at(-1)).toBeCloseTo(last.sft, 12);
    expect(dpo!.y.at(-1)).toBeCloseTo(last.dpo, 12);
    expect([sft!.yaxis, dpo!.yaxis]).toEqual(["y", "y2"]);
    expect(traces("distance")[0]!.y.at(-1)).toBeCloseTo(Math.hypot(last.sft, last.dpo), 12);
  });

  it("chosen and rejected log-probabilities are told apart by their dash, without the steps that saw none", () => {
    const [chosen, rejected, margin] = traces("logprobs");
    expect([chosen!.line!.dash, rejected!.line!.dash]).toEqual(["solid", "dot"]);
    expect(chosen!.x.every((step) => step % 2 === 0)).toBe(true);
    expect(chosen!.y.at(-1)).toBe(-60 - 400 / 20);
    expect(margin!.y.at(-1)).toBe(4);
    expect(traces("logprobs").filter((t) => t.showlegend).length).toBe(1);
  });

  it("the share of DPO goes to λ where every second step is DPO's", () => {
    const [share, steps] = traces("steps");
    expect(share!.y[0]).toBe(0);
    expect(share!.y.at(-1)).toBe(0.5);
    expect(new Set(steps!.y)).toEqual(new Set([0, 1]));
    expect(steps!.mode).toBe("markers");
    const pair = { ...one, runs: [withMetrics, { ...withMetrics, runId: "second" }] };
    const second = traces("steps", pair).filter((t) => t.legendgroup === "second")[1]!;
    expect(new Set(second.y)).toEqual(new Set([0.05, 1])); // a row of its own, within the axis
    expect(new Set(second.customdata)).toEqual(new Set([0, 1]));
  });

  it("memory is in MB", () => {
    const memory = traces("resources")[1]!;
    expect(memory.y[0]).toBeCloseTo(withMetrics.series.memory![0]! / 2 ** 20, 9);
  });

  it("every view is drawn in both themes and widths, also where nothing is known", () => {
    const bare: PlotMessage = {
      ...fourMethods,
      runs: fourMethods.runs.map((run) => ({ ...run, ideal: null })),
    };
    for (const view of ["gaps", "distance", "logprobs", "steps", "resources"] as const)
      for (const message of [one, fourMethods, bare, { ...fourMethods, runs: [] }])
        for (const theme of ["light", "dark"] as const)
          for (const width of [400, 760]) {
            const svg = renderSvg(message, { view, theme, width });
            expect(svg).not.toMatch(/NaN|undefined|Infinity/);
          }
  });
});

describe("a replay", () => {
  it("has every series as it stood at the step, and steering that was known", () => {
    const run = {
      ...fourMethods.runs[2]!,
      steered: [
        { step: 100, lambda: 0.9 },
        { step: 300, lambda: 0.1 },
      ],
    };
    const [cut] = atStep({ ...fourMethods, runs: [run] }, 205).runs;
    expect(cut!.series.step.at(-1)).toBe(200);
    expect(cut!.series.dpo.length).toBe(cut!.series.step.length);
    expect(cut!.series.trainStep.at(-1)).toBe(205);
    expect(cut!.series.trainDpo.length).toBe(cut!.series.trainStep.length);
    expect(cut!.steered).toEqual([{ step: 100, lambda: 0.9 }]);
    expect(cut!.step).toBe(205);
    expect(run.series.step.at(-1)).toBe(400); // the run itself is as it was
  });

  it("cuts the weights' path alike, and is the whole at the last step", () => {
    const cut = atStep(toy, 100).runs[0]!;
    expect(cut.series.theta!.length).toBe(10);
    expect(lastStep(toy)).toBe(400);
    expect(atStep(toy, 400)).toEqual(toy);
    expect(atStep(toy, 0).runs[0]!.series.step).toEqual([]);
  });

  it("keeps the frame of the whole", () => {
    for (const view of ["objective", "losses", "gaps"] as const) {
      const whole = figure(fourMethods, themes.light, { view });
      const part = figure(fourMethods, themes.light, { view, until: 50 });
      expect(part.layout.xaxis.range).toEqual(whole.layout.xaxis.range);
      expect(part.layout.yaxis.range).toEqual(whole.layout.yaxis.range);
      expect(part.height).toBe(whole.height);
    }
    const end = figure(fourMethods, themes.light, { until: 50 }).traces.find(
      (t) => t.legendgroup === "al" && t.showlegend,
    ) as ScatterTrace;
    expect(end.x).toEqual([fourMethods.runs[2]!.series.sft[4]]);
  });
});
