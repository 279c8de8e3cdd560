/**
 * What a method costs beside its steps, on pythia-tiny with the embedded data: ALRIGHT over Sequential with as many
 * steps of each kind on the same batches; MAXRIGHT over its own steps and evaluations, and over Sequential, for
 * k = 1, 10, 100. Time from the evaluation before the first step, which belongs to no method, to the last step; runs in
 * turn, medians.
 *
 *     npm run bench -- methods [--steps N] [--rounds N] [--json FILE]
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readEvents, type SpecificationInput, train } from "../src/index.ts";
import { median } from "./harness/statistics.ts";

interface Timed {
  /** From the first evaluation's end to that of the last step. */
  readonly seconds: number;
  /** Of its steps and evaluations, each timed by itself. */
  readonly parts: number;
  readonly steps: Readonly<Record<string, number>>;
}

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "100" },
    rounds: { type: "string", default: "3" },
    json: { type: "string" },
  },
});
const steps = Number(values.steps);
const runs = mkdtempSync(join(tmpdir(), "alright-methods-"));

async function timed(method: SpecificationInput["method"]): Promise<Timed> {
  const run = train(
    {
      model: "pythia-tiny",
      data: { sft: "wordnet-sft", dpo: "wordnet-preferences" },
      method,
      ...(method.steps ? {} : { steps }),
      reference: "start",
      ideal: { dpo: 0, sft: 0 },
      batchSize: { sft: 12, dpo: 8 },
      evaluation: { every: 100_000, fraction: 0.001 },
      checkpoint: { every: 100_000 },
    },
    { runs },
  );
  await run.done;
  const events = readEvents(join(run.directory, "events.jsonl"));
  const at = (time: string) => Date.parse(time) / 1000;
  const made = events.flatMap((event) => (event.type === "step" ? [event] : []));
  const measured = events.flatMap((event) => (event.type === "measured" ? [event.seconds] : []));
  const counts: Record<string, number> = {};
  for (const { objective = "both" } of made) counts[objective] = (counts[objective] ?? 0) + 1;
  const parts = [...made.map(({ seconds }) => seconds), ...measured].reduce((a, b) => a + b, 0);
  const began = at(events.find((event) => event.type === "evaluated")!.time);
  return { seconds: at(made.at(-1)!.time) - began, parts, steps: counts };
}

try {
  // The first run fills the caches of the reference's values and of the system.
  const first = await timed({ name: "alright", lambda: 0.5 });
  const { dpo = 0, sft = 0 } = first.steps;
  const methods = {
    Sequential: { name: "sequential", order: ["dpo", "sft"], steps: [dpo, sft] },
    ALRIGHT: { name: "alright", lambda: 0.5 },
    "MAXRIGHT, k = 1": { name: "maxright", lambda: 0.5, k: 1 },
    "MAXRIGHT, k = 10": { name: "maxright", lambda: 0.5, k: 10 },
    "MAXRIGHT, k = 100": { name: "maxright", lambda: 0.5, k: 100 },
  };
  const results: Record<string, Timed[]> = {};
  for (let round = 0; round < Number(values.rounds); round++)
    for (const [name, method] of Object.entries(methods)) (results[name] ??= []).push(await timed(method));
  const rows = Object.entries(results).map(([name, all]) => ({
    name,
    steps: all[0]!.steps,
    seconds: median(all.map(({ seconds }) => seconds)),
    overSequential: median(all.map(({ seconds }, i) => seconds / results.Sequential![i]!.seconds)),
    overParts: median(all.map(({ seconds, parts }) => seconds / parts)),
  }));
  for (const { name, steps, seconds, overSequential, overParts } of rows)
    console.log(
      `${name.padEnd(18)} ${seconds.toFixed(2)} s, × ${overSequential.toFixed(3)} Sequential's, × ${overParts.toFixed(3)} its own steps and evaluations` +
        `  (${Object.entries(steps)
          .map(([objective, count]) => `${count} ${objective}`)
          .join(", ")})`,
    );
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ name: "methods", rows }, null, 2)}\n`);
} finally {
  rmSync(runs, { recursive: true, force: true });
}
