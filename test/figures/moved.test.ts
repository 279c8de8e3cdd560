import { describe, expect, it } from "vitest";
import { steadyRange } from "../../src/figures/axes.ts";
import { figure, themes, type View } from "../../src/figures/index.ts";
import { frameOf, pathThrough } from "../../src/figures/moved.ts";
import type { ScatterTrace } from "../../src/figures/trace.ts";
import type { PlotMessage } from "../../src/runs/snapshot.ts";
import { fourMethods, path, snapshot, toy } from "./messages.ts";

/** A run on its way, a little further with every update, and its losses a little other. */
function going(update: number): PlotMessage {
  const end = [1.6 - update / 500, 0.4 - update / 500] as const;
  const run = snapshot({ ...path([[1.95, 1.06], end], 200), state: "running", seq: update, step: update });
  return { ...fourMethods, runs: [{ ...run, ideal: { dpo: 0.065, sft: 1.498 } }] };
}
const frame = (message: PlotMessage, view: View = message.view) =>
  frameOf(figure(message, themes.light, { view, overlays: { front: true } }));

describe("the frame of a figure", () => {
  it.each(["objective", "losses", "distance"] as const)("stays while a run goes on: %s", (view) => {
    expect(frame(going(1), view)).toBe(frame(going(2), view));
    expect(frame(going(1), view)).not.toBeNull();
  });

  it("is another one when the axes, a style, a name or the number of runs is", () => {
    const before = frame(going(1));
    const [run] = going(1).runs;
    const changed = (more: Partial<typeof run>) => frame({ ...going(1), runs: [{ ...run!, ...more }] });
    expect(changed({ ideal: { dpo: -3, sft: 1.498 } })).not.toBe(before);
    expect(changed({ lambda: 0.9 })).not.toBe(before);
    expect(changed({ steered: [{ step: 10, lambda: 0.7 }] })).not.toBe(before);
    expect(frame({ ...going(1), runs: [run!, { ...run!, runId: "other" }] })).not.toBe(before);
    expect(frameOf(figure(going(1), themes.dark))).not.toBe(frameOf(figure(going(1), themes.light)));
  });

  it("is none where something can't be moved", () => {
    expect(frame(toy, "weights")).toBeNull();
    expect(frame(fourMethods, "bars")).toBeNull();
    expect(frame({ ...fourMethods, runs: [snapshot({ start: null })] }, "losses")).toBeNull(); // nothing is drawn yet
  });
});

describe("a path", () => {
  const trace = (x: number[], y: number[], more: Partial<ScatterTrace> = {}): ScatterTrace => ({
    type: "scatter",
    mode: "lines",
    name: "",
    x,
    y,
    ...more,
  });
  it("goes through the points in pixels, each place once, and back to its start where it is an area", () => {
    const area = trace([0, 0.001, 1, 2], [0, 0.001, 3, 1]);
    const [across, down] = [(value: number) => 10 * value, (value: number) => 100 - 10 * value];
    expect(pathThrough(area, across, down)).toBe("M0,100L10,70L20,90");
    expect(pathThrough({ ...area, fill: "toself" }, across, down)).toBe("M0,100L10,70L20,90Z");
  });
});

describe("a steady range", () => {
  it("has round ends outside of what it was given, and little more room", () => {
    expect(steadyRange([0.0123, 1.0457])).toEqual([0, 1.06]);
    expect(steadyRange([-20, 1020])).toEqual([-20, 1020]);
    for (const [low, high] of [
      [1.4981, 1.9512],
      [-3.7e-5, 2.2e-5],
      [123_456, 987_654],
    ] as const) {
      const [from, to] = steadyRange([low, high]);
      expect(from).toBeLessThanOrEqual(low);
      expect(to).toBeGreaterThanOrEqual(high);
      expect(to - from).toBeLessThan(1.09 * (high - low));
    }
  });

  it("leaves alone what has no width", () => {
    expect(steadyRange([2, 2])).toEqual([2, 2]);
  });
});
