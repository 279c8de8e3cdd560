import { expect, test } from "vitest";
import {
  barsPanel,
  curvesPanel,
  diversityFigure,
  paperColumns,
  paperPanels,
  paperWidth,
  pathsPanel,
  toyFigure,
  tradeOffFigure,
} from "../../src/figures/paper/index.ts";
import { experiment, shippedRuns } from "../../src/paper/index.ts";
import { snapshot } from "./messages.ts";

const toy = (method: string) =>
  snapshot({
    method,
    series: {
      step: [0, 100, 200],
      dpo: [1.2, 0.6, 0.1],
      sft: [1.5, 0.4, 0.2],
      trainStep: [],
      trainDpo: [],
      trainSft: [],
      theta: [
        [5, -9.9],
        [2, -4],
        [1, 0],
      ],
    },
  });
const grid = [-8, 0, 8];
const contours = {
  x: grid,
  y: grid,
  dpo: grid.map((y) => grid.map((x) => Math.log1p(Math.exp((x - y) / 2)))),
  sft: grid.map(() => grid.map((x) => Math.log1p(Math.exp(-x / 2)))),
};

test("Figure 2 has a column a method, weight space above loss space, at the paper's width", () => {
  const figure = toyFigure(["sequential", "alright", "maxright"].map(toy), contours);
  expect([figure.name, figure.width]).toEqual(["Figure 2", paperWidth]);
  for (const title of ["(a) Sequential", "(b) ALRIGHT", "(c) MAXRIGHT"])
    expect(figure.svg).toContain(`>${title}<`);
  expect(figure.svg.match(/<svg /g)).toHaveLength(1 + 6);
  // Each panel clips by a path of its own: no id occurs twice in the document.
  const ids = [...figure.svg.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [, id] of figure.svg.matchAll(/url\(#([^)]+)\)/g)) expect(ids).toContain(id);
});

test("a figure is a PNG of 300 pixels an inch: 6.75 in wide", async () => {
  const figure = paperPanels(
    "Curves",
    [curvesPanel([{ name: "a", x: [0, 1], y: [0, 1], color: "#000000" }], { x: "x", y: "y" })],
    {
      columns: 1,
      height: 200,
    },
  );
  const png = Buffer.from(await figure.png());
  expect(png.readUInt32BE(16)).toBe(6.75 * 300);
});

test("curves on logarithmic axes leave out what has no logarithm", () => {
  const panel = curvesPanel([{ name: "a", x: [1, 10, 100], y: [0, 10, 1000], color: "#000000" }], {
    x: "x",
    y: "y",
    logarithmic: true,
  });
  expect(panel.traces[0]).toMatchObject({ x: [1, 2], y: [1, 3] });
});

test("columns have panels of their own heights: paths with a legend of ends, and bars under a title", () => {
  const paths = pathsPanel(
    [{ name: "k = 1", color: "#3a82c4", snapshot: toy("maxright") }],
    { dpo: 0, sft: 0 },
    { legend: true },
  );
  const bars = barsPanel([{ name: "MAXRIGHT", color: "#1e90ff", values: [-1, 2, null] }], {
    title: "Increase in Runtime (%)",
    groups: ["1", "10", "100"],
  });
  const figure = paperColumns(
    "Figure 4",
    [
      { share: 1, panels: [paths] },
      { share: 2, panels: [bars, bars, bars], heights: [1, 2, 1] },
    ],
    600,
  );
  expect([figure.width, figure.height]).toEqual([paperWidth, 600]);
  const places = [...figure.svg.matchAll(/<svg x="([^"]+)" y="([^"]+)"/g)].map(([, x, y]) => [+x!, +y!]);
  expect(places).toEqual([
    [0, 0],
    [216, 0],
    [216, 150],
    [216, 450],
  ]);
  expect(figure.svg).toContain(">k = 1<");
  // Bars below zero need room there; above zero they stand on the axis.
  expect(bars.layout.yaxis.range![0]).toBeLessThan(-1);
});

test("Figure 3 has two halves of paths and five panels of bars, from the shipped grid", () => {
  const { pairs } = experiment("dpo-first");
  const runs = shippedRuns("dpo-first").filter(({ seed }) => seed === 0);
  const { svg } = tradeOffFigure("Figure 3", runs, pairs);
  expect(svg.match(/<svg /g)).toHaveLength(1 + 7);
  for (const { lambda, epochs } of pairs)
    for (const name of [
      `Seq. (${epochs.join(", ")})`,
      `Mix ${lambda}`,
      `ALRIGHT ${lambda}`,
      `MAXRIGHT ${lambda}`,
    ])
      expect(svg.split(`>${name}<`)).toHaveLength(2);
  const again = { method: "alright", pair: 2, snapshot: runs[0]!.snapshot };
  const drawn = tradeOffFigure("Figure 3", runs, pairs, again).svg;
  expect(drawn.split(">ALRIGHT 0.5, run again<")).toHaveLength(2);
  expect(drawn.match(/fill="#ffffff"[^>]*stroke="#ff6347"/g)?.length).toBeGreaterThanOrEqual(
    again.snapshot.series.step.length,
  );
  const withoutSequential = runs.filter(({ method }) => method !== "sequential");
  expect(() => tradeOffFigure("Figure 3", withoutSequential, pairs)).toThrow("has no Sequential run");
  expect(() => tradeOffFigure("Figure 3", [], pairs)).toThrow("no runs");
});

test("gaps and distances of several seeds are drawn as their means with whiskers to both ends, paths and costs as the first one's", () => {
  const { pairs } = experiment("dpo-first");
  const runs = shippedRuns("dpo-first").filter(({ seed }) => seed === 0);
  const other = runs.map((run) => ({
    ...run,
    seed: 1,
    summary: {
      ...run.summary,
      seconds: 1,
      gaps: { dpo: 2 * run.summary.gaps!.dpo, sft: run.summary.gaps!.sft },
    },
  }));
  const bars = (svg: string) =>
    [
      ...svg.matchAll(
        /y="([\d.]+)" width="[\d.]+" height="[\d.]+" fill="none" stroke="#000000"[^>]*\/>(?:<path d="M\S+ (\S+)H\S+ (\S+)H)?/g,
      ),
    ].map(([, bar, top, bottom]) => ({ bar: Number(bar), top: Number(top), bottom: Number(bottom) }));
  const drawn = bars(tradeOffFigure("Figure 3", [...runs, ...other], pairs).svg);
  const whiskers = drawn.filter(({ top }) => !Number.isNaN(top));
  // Five panels and the legend's four; only the DPO gap differs between the two seeds.
  expect([drawn.length, whiskers.length]).toEqual([5 * runs.length + 4, runs.length]);
  expect(Math.max(...whiskers.map(({ top, bottom }) => bottom - top))).toBeGreaterThan(30);
  for (const { bar, top, bottom } of whiskers.filter(({ top, bottom }) => bottom - top > 0.5))
    expect(Math.abs(bar - (top + bottom) / 2)).toBeLessThan(0.1);
  const alone = bars(tradeOffFigure("Figure 3", runs, pairs).svg);
  expect(alone.filter(({ top }) => !Number.isNaN(top))).toEqual([]);
  expect(drawn.slice(runs.length)).toEqual(alone.slice(runs.length));
});

test("Figure 6 has the paper's three panels over the ranks, thinned, with the mean of all pairs", () => {
  const similar = (value: number) => ({
    dpoRow: 0,
    sftRow: 0,
    prompts: value,
    equallyNear: 1,
    frequentShare: 1,
    chosen: 0,
    rejected: value,
    responses: 0.5,
    texts: { dpoPrompt: "", sftPrompt: "", chosen: "", rejected: "", completion: "" },
  });
  const pairs = Array.from({ length: 1000 }, (_, i) => similar(1 - i / 1000));
  const { svg, width } = diversityFigure("Figure 6", { pairs });
  expect(width).toBe(paperWidth);
  expect(svg.match(/<svg /g)).toHaveLength(1 + 3);
  for (const title of ["Nearest prompts", "Responses of both sets", "Responses of a preference"])
    expect(svg).toContain(`>${title}<`);
  expect(svg.length).toBeLessThan(300_000);
  expect(diversityFigure("Figure 6", { pairs: pairs.slice(0, 1) }).svg).not.toContain("NaN");
  expect(() => diversityFigure("Figure 6", { pairs: [] })).toThrow("no pairs");
});
