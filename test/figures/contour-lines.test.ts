import { expect, it } from "vitest";
import { withContourLines } from "../../src/figures/contour-lines.ts";
import { figure, themes } from "../../src/figures/index.ts";
import type { ContourTrace } from "../../src/figures/trace.ts";
import { toy } from "./messages.ts";

it("level lines lie where the function has that level", () => {
  const { traces } = figure(toy, themes.light);
  const contour = traces.find((trace): trace is ContourTrace => trace.type === "contour")!;
  const drawn = withContourLines([contour]);
  const { start, size } = contour.contours;
  expect(drawn.length).toBe(16);
  let points = 0;
  drawn.forEach((line, i) => {
    if (line.type !== "scatter") throw new Error("expected a line");
    line.x.forEach((x, at) => {
      if (x === null) return;
      points++;
      const y = line.y[at]!;
      // DPO of the example: log(1 + exp((x − y − 5) / 2)).
      const level = Math.log10(Math.log1p(Math.exp((x - y - 5) / 2)));
      expect(Math.abs(level - (start + i * size))).toBeLessThan(0.02);
    });
    expect(line.x.filter((x) => x === null).length * 3).toBe(line.x.length);
  });
  expect(points).toBeGreaterThan(500);
});

it("leaves no contour in a figure, each loss's lines on its own side, made once", () => {
  const { traces } = figure(toy, themes.light);
  const drawn = withContourLines(traces);
  expect(drawn.some((trace) => (trace as { type: string }).type === "contour")).toBe(false);
  expect(new Set(drawn.filter(({ name }) => name === "SFT loss").map(({ xaxis }) => xaxis))).toEqual(
    new Set(["x2"]),
  );
  expect(withContourLines(figure(toy, themes.light).traces)[0]).toBe(drawn[0]);
});
