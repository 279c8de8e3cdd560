import { magicWords } from "./language/magic-spans.ts";

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
  return magicWords(source).some(([name]) => plotting.has(name!));
}
