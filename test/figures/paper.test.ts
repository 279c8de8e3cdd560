import { expect, test } from "vitest";
import { curvesPanel, paperPanels, paperWidth, toyFigure } from "../../src/figures/paper/index.ts";
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
