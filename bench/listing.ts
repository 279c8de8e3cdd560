/**
 * How long 1,000 run directories take to be listed: ended ones, which have a summary, and paused ones, whose 2,000 events
 * each are read the first time and kept from then on; then as a DataFrame, and as CSV.
 *
 *     npm run bench -- listing [--json FILE]
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { listRuns, parseSpecification, runs as runsTable } from "../src/index.ts";
import { encodeEvent } from "../src/runs/event-log.ts";
import type { RunEvent } from "../src/runs/events.ts";
import { runsCsv } from "../src/runs/export.ts";

const RUNS = 1000;
const PAUSED = 200;
const STEPS = 2000;
const { values } = parseArgs({ options: { json: { type: "string" } } });
const runs = mkdtempSync(join(tmpdir(), "alright-listing-"));
const rows: { what: string; seconds: number }[] = [];

function timed<T>(what: string, work: () => T): T {
  const began = performance.now();
  const result = work();
  rows.push({ what, seconds: (performance.now() - began) / 1000 });
  return result;
}

/** Written without syncing, unlike a run's own files: only reading is measured. */
function makeRuns(): void {
  const time = new Date().toISOString();
  for (let i = 0; i < RUNS; i++) {
    const lambda = i / RUNS;
    const specification = parseSpecification({
      model: "toy:conflict",
      data: {},
      method: { name: "alright", lambda },
      steps: STEPS,
      ideal: { dpo: 0, sft: 0 },
    });
    const place = join(runs, `alright-${String(i).padStart(4, "0")}`);
    mkdirSync(place);
    const id = `alright-${String(i).padStart(4, "0")}`;
    const record = {
      id,
      created: time,
      specification,
      workingDirectory: runs,
      versions: {},
      methodHash: null,
    };
    writeFileSync(join(place, "run.json"), JSON.stringify(record, null, 2));
    const losses = { dpo: 2 - lambda + ((7 * i) % 13) / 50, sft: 1 + lambda + ((5 * i) % 11) / 50 };
    const start = { dpo: 3, sft: 4 };
    if (i % (RUNS / PAUSED) === 0) writeFileSync(join(place, "events.jsonl"), events(time, start, losses));
    else {
      writeFileSync(join(place, "events.jsonl"), "");
      const resources = { peakMemory: 1e9, cpu: 99, memory: 9e8, gpu: null, gpuMemory: null };
      const ended = { state: "finished", steps: STEPS, losses, ideal: { dpo: 0, sft: 0 }, start };
      writeFileSync(
        join(place, "summary.json"),
        JSON.stringify({ ...ended, seconds: 9, tokens: 9, resources }),
      );
    }
  }
}

function events(time: string, start: { dpo: number; sft: number }, losses: { dpo: number; sft: number }) {
  const all: RunEvent[] = [
    { type: "started", step: 0, time, steps: STEPS, ideal: { dpo: 0, sft: 0 } },
    { type: "evaluated", step: 0, time, losses: start },
  ];
  for (let step = 1; step <= STEPS; step++)
    all.push({
      type: "step",
      step,
      time,
      objective: step % 2 ? "dpo" : "sft",
      losses: { [step % 2 ? "dpo" : "sft"]: Math.random() },
      gradNorm: Math.random(),
      tokens: 1234,
      seconds: 0.01,
      learningRate: 5e-5,
      rewards: { chosen: Math.random(), rejected: Math.random(), margin: Math.random(), accuracy: 0.5 },
    });
  all.push({ type: "evaluated", step: STEPS, time, losses });
  return all.map(encodeEvent).join("");
}

try {
  makeRuns();
  timed(`${RUNS} runs, of which ${PAUSED} are read from ${STEPS} events each`, () => listRuns({ runs }));
  const listed = timed(`${RUNS} runs again`, () => listRuns({ runs }));
  if (listed.length !== RUNS || listed.some(({ dpo }) => dpo === null))
    throw new Error(`${listed.length} of ${RUNS} runs were listed`);
  timed("as a DataFrame, danfojs loaded", () => runsTable({ dir: runs }));
  timed("as a DataFrame again", () => runsTable({ dir: runs, sort: "idealDistance" }));
  timed("as CSV, without listing", () => runsCsv(listed));
  for (const { what, seconds } of rows) console.log(`${seconds.toFixed(3).padStart(8)} s  ${what}`);
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ name: "listing", rows }, null, 2)}\n`);
} finally {
  rmSync(runs, { recursive: true, force: true });
}
