import { describe, expect, it } from "vitest";
import { figure, themes, viewsOf } from "../../src/figures/index.ts";
import type { BarTrace, ScatterTrace } from "../../src/figures/trace.ts";
import { PlotMessage } from "../../src/runs/snapshot.ts";
import { fourMethods, manyLambdas, path, snapshot, toy, withMetrics } from "./messages.ts";

const scatter = (message: PlotMessage, view?: PlotMessage["view"]) =>
  figure(message, themes.light, view ? { view } : {}).traces.filter(
    (trace): trace is ScatterTrace => trace.type === "scatter",
  );
const message = (runs: PlotMessage["runs"]): PlotMessage => ({ version: 1, view: "objective", runs });

describe("objective space", () => {
  it("is drawn from messages that meet the schema", () => {
    for (const fixture of [fourMethods, manyLambdas, toy])
      expect(PlotMessage.parse(fixture)).toEqual(fixture);
  });

  it("has x = f_SFT and y = f_DPO, and ends each path where the run stands", () => {
    const end = scatter(fourMethods).find((t) => t.name === "ALRIGHT λ=0.5" && t.showlegend)!;
    const { series } = fourMethods.runs[2]!;
    expect(end.x).toEqual([series.sft.at(-1)]);
    expect(end.y).toEqual([series.dpo.at(-1)]);
  });

  it("draws one start and one ideal point for runs that share them, with dashed lines", () => {
    const { traces, layout } = figure(fourMethods, themes.light);
    expect(traces.find((t) => t.name === "Start")).toMatchObject({ x: [1.95], y: [1.06] });
    expect(traces.find((t) => t.name === "Ideal point")).toMatchObject({
      x: [1.498],
      y: [0.065],
      marker: { symbol: "star" },
    });
    expect(layout.shapes).toHaveLength(2);
    for (const shape of layout.shapes!) expect(shape.line.dash).toBe("dash");
  });

  it("fades: pieces join end to start, cover the whole path, and no shade repeats", () => {
    const run = fourMethods.runs[2]!;
    const pieces = scatter(fourMethods).filter((t) => t.legendgroup === run.runId && t.hoverinfo === "skip");
    expect(pieces.length).toBe(12);
    for (let i = 1; i < pieces.length; i++) {
      expect([pieces[i]!.x[0], pieces[i]!.y[0]]).toEqual([pieces[i - 1]!.x.at(-1), pieces[i - 1]!.y.at(-1)]);
    }
    expect(pieces[0]!.x[0]).toBe(run.start!.sft);
    expect(pieces.at(-1)!.x.at(-1)).toBe(run.series.sft.at(-1));
    expect(new Set(pieces.map((t) => t.line!.color)).size).toBe(12);
  });

  it("pads the range around every point and the ideal point", () => {
    const { traces, layout } = figure(fourMethods, themes.light);
    const [low, high] = layout.xaxis.range!;
    for (const trace of traces as ScatterTrace[])
      for (const x of trace.x) expect(x > low && x < high).toBe(true);
  });

  it("survives runs without any point, with one point, and with missing losses", () => {
    const empty = snapshot({ state: "preparing", start: null, ideal: null, note: "reference values" });
    expect(figure(message([empty]), themes.light).layout.xaxis.range).toEqual([0, 1]);
    expect(figure(message([]), themes.dark).traces).toEqual([]);
    const once = snapshot();
    expect(scatter(message([once])).filter((t) => t.showlegend)).toHaveLength(1);
    const holes = snapshot(
      path(
        [
          [2, 1],
          [1, 2],
        ],
        10,
      ),
    );
    holes.series.dpo[4] = null;
    const hover = scatter(message([holes])).find((t) => t.mode === "lines" && t.hovertemplate)!;
    expect(hover.x).toHaveLength(10); // the start and nine of ten points
  });

  it("keeps markup out of names", () => {
    const evil = [1, 2].map((i) => snapshot({ runId: `r${i}`, name: `<a href="x">${i}</a>` }));
    for (const trace of scatter(message(evil))) expect(trace.name).not.toMatch(/[<>]/);
  });

  it("tells runs of one method and λ apart, in short names", () => {
    const twins = ["a", "b"].map((end) =>
      snapshot({ runId: end, name: `a-very-long-name-of-a-run-that-ends-in-${end}` }),
    );
    const names = scatter(message(twins))
      .filter((t) => t.showlegend)
      .map((t) => t.name);
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect([...name].length).toBeLessThanOrEqual(34);
  });

  it("marks where λ was steered", () => {
    const run = snapshot({
      ...path(
        [
          [2, 1],
          [1, 2],
        ],
        10,
      ),
      steered: [{ step: 42, lambda: 0.9 }],
    });
    const mark = scatter(message([run])).find((t) => String(t.customdata?.[0]).includes("λ → 0.9"))!;
    expect(mark.x).toEqual([run.series.sft[4]]); // the first point at or after step 42 is at 50
  });
});

describe("losses", () => {
  it("has a panel for each objective, batch losses without gaps and the evaluated ones from the start", () => {
    const traces = scatter(fourMethods, "losses").filter((t) => t.legendgroup === "al");
    const [batch, evaluated] = traces.filter((t) => t.xaxis === "x2");
    expect(batch!.x).toEqual(fourMethods.runs[2]!.series.trainStep.filter((step) => step % 2 === 0));
    expect(evaluated!.x.slice(0, 3)).toEqual([0, 10, 20]);
    expect(evaluated!.y[0]).toBe(1.06);
  });
});

describe("weights", () => {
  it("draws the paths over both losses' contours, each on its own side", () => {
    const { traces } = figure(toy, themes.light);
    const contours = traces.filter((t) => t.type === "contour");
    expect(contours.map((t) => [t.name, t.xaxis])).toEqual([
      ["DPO loss", "x"],
      ["SFT loss", "x2"],
    ]);
    const ends = traces.filter((t) => t.type === "scatter" && t.mode === "lines+markers");
    expect(ends.filter((t) => t.xaxis === "x")).toHaveLength(4);
    expect(ends.filter((t) => t.xaxis === "x2")).toHaveLength(4);
  });
});

describe("bars", () => {
  it("carry the message's title where it has one", () => {
    const titled = figure({ ...fourMethods, title: "Gaps, λ = 0.5" }, themes.light, { view: "bars" });
    expect(titled.layout.title!.text).toBe("Gaps, λ = 0.5");
    const plain = figure({ ...fourMethods, title: undefined }, themes.light, { view: "bars" });
    expect(plain.layout.title!.text).toBe("Optimality gaps and ideal distance");
  });

  it("derives gaps and ideal distance from the runs, and does not clip negative ones", () => {
    const below = snapshot({
      ...path(
        [
          [2, 1],
          [1.4, 0.5],
        ],
        10,
      ),
      runId: "below",
    });
    const { traces, layout } = figure(message([below]), themes.light, { view: "bars" });
    const [dpo, sft, distance] = (traces[0] as BarTrace).y as number[];
    expect(dpo).toBeCloseTo(below.series.dpo.at(-1)! - 0.065, 12);
    expect(sft).toBeCloseTo(below.series.sft.at(-1)! - 1.498, 12);
    expect(sft).toBeLessThan(0);
    expect(distance).toBeCloseTo(Math.hypot(dpo!, sft!), 12);
    expect(layout.yaxis.range![0]).toBeLessThan(sft!);
  });
});

describe("a narrow figure", () => {
  it("has its legend below, its panels one above the other, and the height for both", () => {
    const wide = figure(fourMethods, themes.light, { view: "losses", width: 900 });
    const narrow = figure(fourMethods, themes.light, { view: "losses", width: 400 });
    expect(wide.layout.xaxis2!.domain![0]).toBeGreaterThan(wide.layout.xaxis.domain![1]);
    expect(narrow.layout.yaxis2!.domain![1]).toBeLessThan(narrow.layout.yaxis.domain![0]);
    expect(narrow.height).toBeGreaterThan(wide.height);
    expect(figure(fourMethods, themes.light, { width: 900 }).layout.legend.orientation).toBe("v");
    expect(figure(fourMethods, themes.light, { width: 400 }).layout.legend.orientation).toBe("h");
  });

  it("has room for a long legend", () => {
    const runs = Array.from({ length: 40 }, (_, i) => snapshot({ runId: `run-${i}` }));
    expect(figure(message(runs), themes.light, { width: 900 }).height).toBeGreaterThan(40 * 19);
  });
});

it("offers the views that a message has something for, its own among them", () => {
  expect(viewsOf(fourMethods)).toEqual(["objective", "losses", "gaps", "distance", "bars"]);
  expect(viewsOf(toy)).toEqual(["objective", "losses", "gaps", "distance", "weights", "bars"]);
  expect(viewsOf(message([withMetrics]))).toEqual([
    "objective",
    "losses",
    "gaps",
    "distance",
    "logprobs",
    "steps",
    "resources",
    "bars",
  ]);
  expect(viewsOf(message([snapshot({ ideal: null })]))).toEqual(["objective", "losses"]);
});
