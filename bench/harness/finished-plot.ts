import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "../../test/e2e/lab.ts";

/** One run of 300 evaluated points, as a finished output; also in a second notebook of its own. */
export function finished(lab: Lab): object {
  const step = Array.from({ length: 300 }, (_, i) => i + 1);
  const train = { trainStep: step, trainDpo: step.map((i) => 1 / i), trainSft: step.map((i) => 2 / i) };
  const series = { step, dpo: step.map((i) => 1 - i / 400), sft: step.map((i) => 2 - i / 900), ...train };
  const end = {
    ideal: { dpo: 0.1, sft: 1.5 },
    start: { dpo: 1, sft: 2 },
    steered: [],
    resources: { seconds: 9, tokens: 9, peakMemory: null },
  };
  const snapshot = {
    runId: "done",
    seq: 1,
    name: "done",
    method: "alright",
    lambda: 0.5,
    state: "finished",
    note: null,
    step: 300,
    steps: 300,
    series,
    ...end,
  };
  const data = {
    "application/vnd.alright.plot.v1+json": { version: 1, view: "objective", runs: [snapshot] },
  };
  const output = { output_type: "display_data", metadata: {}, data };
  const cell = {
    cell_type: "code",
    id: "c0",
    execution_count: null,
    metadata: {},
    source: "",
    outputs: [output],
  };
  const metadata = { kernelspec: { name: "python3", display_name: "Python 3", language: "python" } };
  writeFileSync(
    join(lab.folder, "finished-too.ipynb"),
    JSON.stringify({ cells: [cell], metadata, nbformat: 4, nbformat_minor: 5 }),
  );
  return output;
}
