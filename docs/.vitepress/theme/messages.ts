// Plot messages of shipped runs, written by scripts/docs/figures.mjs; each is a chunk of its own.
import type { PlotMessage } from "../../../src/runs/snapshot.ts";

const files = import.meta.glob<PlotMessage>("../data/*.json", { import: "default" });

/** @throws Error naming the figure where scripts/docs/figures.mjs makes none of that name */
export function messageOf(name: string): Promise<PlotMessage> {
  const load = files[`../data/${name}.json`];
  if (!load) throw new Error(`no figure is called ${name}; scripts/docs/figures.mjs makes them`);
  return load();
}
