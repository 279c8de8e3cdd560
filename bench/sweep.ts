/**
 * A sweep of 12 runs of pythia-tiny on the embedded data: a pool of 2 processes of one thread against one run after the other with one
 * thread and with two. Says the ratios of time, whether the pool's losses are those of the runs one after the other bit for
 * bit, and how often what they share was computed. Then what a scheduler weighs that has 10,000 runs (recorded ones).
 *
 *     npm run bench -- sweep [--steps N] [--runs N, 0: none] [--simulated N, 0: none] [--json FILE]
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { localExecutor, readEvents, type SweepInput, type SweepSummary, sweep } from "../src/index.ts";
import { simulateSweep } from "./harness/simulated-sweep.ts";

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "100" },
    runs: { type: "string", default: "12" },
    simulated: { type: "string", default: "10000" },
    json: { type: "string" },
  },
});
const place = mkdtempSync(join(tmpdir(), "alright-sweep-"));

/** ALRIGHT, Mix and MAXRIGHT at as many λ as make that number of runs. */
function grid(count: number): SweepInput {
  const methods = ["alright", "mix", "maxright"];
  const lambda = Array.from(
    { length: Math.max(1, Math.round(count / methods.length)) },
    (_, i) => 0.2 + 0.15 * i,
  );
  return {
    base: {
      model: "pythia-tiny",
      data: { sft: "wordnet-sft", dpo: "wordnet-preferences" },
      steps: Number(values.steps),
      reference: "start",
      ideal: "runs",
      batchSize: { sft: 12, dpo: 8 },
      evaluation: { every: 100_000, fraction: 0.002 },
      checkpoint: { every: 100_000 },
    },
    methods,
    lambda: lambda.map((value) => Number(value.toFixed(3))),
  };
}

async function timed(name: string, processes: number, threads: number) {
  const runs = join(place, name);
  const began = performance.now();
  const swept = sweep(grid(Number(values.runs)), { runs, executor: localExecutor({ processes, threads }) });
  const summary = await swept.done;
  const seconds = (performance.now() - began) / 1000;
  if (summary.failed > 0) throw new Error(summary.failures.map(({ error }) => error).join("\n"));
  console.log(
    `${name.padEnd(24)} ${seconds.toFixed(1)} s for ${summary.finished} runs; computed once: ${kinds(summary)}`,
  );
  return { seconds, losses: lossesOf(summary, runs), shared: summary.shared.length, runs: summary.finished };
}

const kinds = ({ shared }: SweepSummary) =>
  shared
    .map(({ kind }) => kind)
    .sort()
    .join(", ");

/** Every loss that the runs saw, in full precision. */
function lossesOf({ list }: SweepSummary, runs: string): string {
  return JSON.stringify(
    list.map(({ run }) =>
      readEvents(join(runs, run!, "events.jsonl")).flatMap((event) =>
        event.type === "step" || event.type === "evaluated" || event.type === "measured"
          ? [event.losses]
          : [],
      ),
    ),
  );
}

/** The pool beside one run after the other. */
async function timings() {
  const one = await timed("one by one, 1 thread", 1, 1);
  const two = await timed("one by one, 2 threads", 1, 2);
  const pool = await timed("2 processes, 1 thread", 2, 1);
  const rows = {
    overOneThread: pool.seconds / one.seconds,
    overTwoThreads: pool.seconds / two.seconds,
    sameLosses: pool.losses === one.losses,
    shared: pool.shared,
  };
  console.log(
    `pool / one by one: × ${rows.overOneThread.toFixed(3)} of one thread (wanted ≤ 0.6), × ${rows.overTwoThreads.toFixed(3)} of two (wanted ≤ 1.05); ` +
      `the losses are ${rows.sameLosses ? "the same bit for bit" : "NOT the same"}`,
  );
  return { ...rows, seconds: { oneThread: one.seconds, twoThreads: two.seconds, pool: pool.seconds } };
}

try {
  const timing = Number(values.runs) > 0 ? await timings() : null;
  const count = Number(values.simulated);
  const simulated = count > 0 ? await simulateSweep(join(place, "simulated"), count) : null;
  if (simulated)
    console.log(
      `${count} recorded runs: the scheduler took ${(simulated.peak / 1e6).toFixed(0)} MB at most (wanted < 300), a plot message ` +
        `${(simulated.message / 1e3).toFixed(0)} kB and ${simulated.snapshot.toFixed(1)} ms at the end; ${simulated.seconds.toFixed(0)} s in all`,
    );
  if (values.json)
    writeFileSync(values.json, `${JSON.stringify({ name: "sweep", timing, simulated }, null, 2)}\n`);
  if (timing?.sameLosses === false || (simulated && simulated.peak > 300e6)) process.exitCode = 1;
} finally {
  rmSync(place, { recursive: true, force: true });
}
