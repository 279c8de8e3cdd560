import { magicSpans } from "./language/magic-spans.ts";

/** Magics that show a plot, and that no other kernel has by these names. */
const plotting = new Set([
  "%alright",
  "%maxright",
  "%mix",
  "%sft",
  "%dpo",
  "%sequential",
  "%sweep",
  "%resume",
]);

/** Whether a cell, as far as its text says, shows a plot. */
export function showsPlot(source: string): boolean {
  return source.split("\n").some((line) => {
    const [first] = magicSpans(line);
    return first?.kind === "name" && plotting.has(line.slice(first.from, first.to));
  });
}
