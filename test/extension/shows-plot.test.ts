import { expect, it } from "vitest";
import { showsPlot } from "../../extension/src/shows-plot.ts";

it.each([
  ["%model toy:conflict\n%alright λ=0.5", true],
  ["const run = %mix λ=0.5 background", true],
  ["%sweep λ=0.1,0.5", true],
  ["%model toy:conflict", false],
  ["%run script.py", false], // of IPython, too
  ["const sft = 7;\nsft % dpo", false],
  ["// as %alright does", false],
])("whether %s shows a plot is known before it runs", (source, shows) => {
  expect(showsPlot(source)).toBe(shows);
});
