/**
 * The trainer's own cost: 20,000 steps of the toy (two weights, float64) with all their events, in a process of its
 * own, start and end included; and the time per step between the first event and the last.
 *
 *     npm run bench -- toy [--json FILE]
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { train } from "../src/index.ts";

const STEPS = 20_000;
const { values } = parseArgs({ options: { json: { type: "string" } } });
const runs = mkdtempSync(join(tmpdir(), "alright-toy-"));
const rows: { method: string; seconds: number; microsecondsPerStep: number }[] = [];
try {
  for (const method of ["mix", "alright", "maxright"]) {
    const began = performance.now();
    const run = train({ model: "toy:conflict", data: {}, method: { name: method }, steps: STEPS }, { runs });
    let first = 0;
    let last = 0;
    let seen = 0;
    run.onEvent((event) => {
      if (event.type !== "step") return;
      last = Date.parse(event.time);
      first ||= last;
      seen++;
    });
    await run.done;
    if (seen !== STEPS) throw new Error(`${method}: ${seen} step events for ${STEPS} steps`);
    const seconds = (performance.now() - began) / 1000;
    rows.push({ method, seconds, microsecondsPerStep: (1000 * (last - first)) / (STEPS - 1) });
  }
  for (const { method, seconds, microsecondsPerStep } of rows)
    console.log(
      `${method.padEnd(9)} ${seconds.toFixed(2)} s for ${STEPS} steps (reach: ≤ 5 s), ${microsecondsPerStep.toFixed(1)} µs a step (reach: ≤ 50 µs)`,
    );
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ name: "toy", rows }, null, 2)}\n`);
} finally {
  rmSync(runs, { recursive: true, force: true });
}
