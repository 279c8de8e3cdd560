import { pathToFileURL } from "node:url";
import { root } from "./python.ts";

/**
 * A cell of our own kernel whose runs do what `live_plot.py` does in a FigureWidget: so many runs of so many points, of which every
 * update moves each one. They are told as runs that train are: by the plot below the cell, and by the kernel's feed.
 */
export function movingRuns(runs: number, points: number, updates: number, rate: number): string {
  const module = (path: string) => JSON.stringify(pathToFileURL(`${root}dist/${path}`).href);
  return `%typecheck off
const { addRun } = await import(${module("kernel/runtime/runs.js")});
const { LivePlot } = await import(${module("kernel/magics/live-plot.js")});
const { currentExecution } = await import(${module("kernel/runtime/execution.js")});
const [count, points, updates, rate] = [${runs}, ${points}, ${updates}, ${rate}];
const digits = (value) => Number(value.toFixed(5));
const step = Array.from({ length: points }, (_, i) => i + 1);
function snapshotAt(run, update) {
  const shift = update / 1000;
  const sft = step.map((_, i) => digits(1.95 - (0.4 * i) / points + 0.02 * Math.sin(i / 9 + run + shift)));
  const dpo = step.map((_, i) => digits(1.06 - (0.7 * i) / points + 0.02 * Math.cos(i / 7 + run + shift)));
  return {
    runId: "run-" + run, seq: update, name: "run " + run, method: ["alright", "mix", "maxright"][run % 3],
    lambda: Number((Math.floor(run / 3) / 4 + 0.1).toFixed(2)), state: update === updates ? "finished" : "running", note: null,
    step: update, steps: 100000, ideal: { dpo: 0.065, sft: 1.498 }, start: { dpo: 1.06, sft: 1.95 },
    series: { step, dpo, sft, trainStep: [], trainDpo: [], trainSft: [] },
    steered: [], resources: { seconds: 1, tokens: 1, peakMemory: null },
  };
}
const moving = Array.from({ length: count }, (_, run) => {
  const listeners = new Set();
  let now = snapshotAt(run, 1);
  return {
    id: now.runId, directory: "", specification: { model: "moving" }, done: new Promise(() => {}), snapshot: () => now,
    onSnapshot(listener) { listeners.add(listener); return () => listeners.delete(listener); },
    move(update) { now = snapshotAt(run, update); for (const listener of listeners) listener(now); },
  };
});
for (const run of moving) addRun(run);
new LivePlot(currentExecution(), moving, {});
const begun = performance.now();
for (let update = 2; update <= updates; update++) {
  for (const run of moving) run.move(update);
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, begun + (1000 * update) / rate - performance.now())));
}
console.log("played", updates, "in", (performance.now() - begun) / 1000, "s");
`;
}
