/**
 * What keeping a run costs: the share of run store, events and display snapshots in a step of pythia-tiny; and how long
 * training stands still for a checkpoint, with a small adapter and with one of 17 MB (rank 32 on query_key_value in
 * Pythia-1b's shape), beside the time until it is durable.
 *
 * The share is that of a run's own events, written once more to a run directory as the trainer does (each appended, a
 * snapshot built, its events flushed and the message serialised every 100 ms of training), over the run's seconds.
 *
 *     npm run bench -- overhead [--steps N] [--rounds N] [--json FILE]
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { serialize } from "node:v8";
import { saveAdapter } from "../src/checkpoints/index.ts";
import { readEvents, train } from "../src/index.ts";
import { createRunDirectory, RunDirectory } from "../src/runs/directory.ts";
import type { RunEvent } from "../src/runs/events.ts";
import { CheckpointWriter } from "../src/training/checkpoint-writer.ts";
import { Journal } from "../src/training/journal.ts";
import { createOptimizer } from "../src/training/optimizer.ts";
import type { Parameter, Task } from "../src/training/task.ts";
import { median } from "./harness/statistics.ts";

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "200" },
    rounds: { type: "string", default: "3" },
    json: { type: "string" },
  },
});
const steps = Number(values.steps);
const place = mkdtempSync(join(tmpdir(), "alright-overhead-"));

interface Trained {
  readonly directory: RunDirectory;
  readonly events: readonly RunEvent[];
  /** From the event that the run has started to that of its last step. */
  readonly seconds: number;
}

async function trained(every: number): Promise<Trained> {
  const run = train(
    {
      model: "pythia-tiny",
      data: { sft: "wordnet-sft", dpo: "wordnet-preferences" },
      method: { name: "maxright", lambda: 0.5, k: 10 },
      steps,
      ideal: { dpo: 0, sft: 0 },
      batchSize: { sft: 12, dpo: 8 },
      evaluation: { every: 100_000, fraction: 0.001 },
      checkpoint: { every },
    },
    { runs: join(place, "runs") },
  );
  await run.done;
  const directory = new RunDirectory(run.directory);
  const events = readEvents(directory.events);
  const at = (event: RunEvent | undefined) => Date.parse(event!.time) / 1000;
  const began = at(events.find(({ type }) => type === "started"));
  const seconds = at(events.findLast(({ type }) => type === "step")) - began;
  return { directory, events, seconds };
}

/** Seconds that a journal takes for a run's events, with a snapshot for every 100 ms of its time. */
function kept({ directory, events }: Trained): number {
  const { id: _, created: __, ...record } = directory.readRecord();
  const copy = createRunDirectory(join(place, "kept"), record);
  let bytes = 0;
  const listener = {
    event: () => {},
    snapshot: (snapshot: object) => {
      bytes += serialize(snapshot).length;
    },
  };
  const journal = new Journal(copy.directory, copy.record, 0, listener);
  let shown = -Infinity;
  const began = performance.now();
  for (const event of events) {
    journal.emit(event);
    const time = Date.parse(event.time);
    if (time - shown < 100) continue;
    shown = time;
    journal.show();
  }
  const seconds = (performance.now() - began) / 1000;
  journal.close();
  if (bytes === 0) throw new Error("no snapshot was made");
  return seconds;
}

/** Standing still for one checkpoint of an adapter, and the time until it is durable, in seconds. */
async function checkpointed(name: string, layers: number, width: number, rank: number) {
  const parameters: Parameter[] = Array.from({ length: layers }, (_, layer) => {
    const module = `base_model.model.gpt_neox.layers.${layer}.attention.query_key_value`;
    return [
      {
        name: `${module}.lora_A.weight`,
        shape: [rank, width],
        data: new Float32Array(rank * width).fill(0.1),
      },
      {
        name: `${module}.lora_B.weight`,
        shape: [3 * width, rank],
        data: new Float32Array(3 * width * rank).fill(0.1),
      },
    ];
  }).flat();
  const lora = { rank, alpha: rank, targets: ["query_key_value"], dropout: 0 };
  const task = {
    parameters,
    save: (path: string) => saveAdapter(join(path, "adapter"), parameters, { lora, base: name, sync: false }),
  } as unknown as Task;
  const directory = new RunDirectory(join(place, name));
  mkdirSync(directory.checkpoints, { recursive: true });
  writeFileSync(directory.events, "");
  const specification = { name: "adam", betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0 } as const;
  const optimizer = createOptimizer(specification as never, parameters);
  const still: number[] = [];
  const durable: number[] = [];
  let began = 0;
  const writer = new CheckpointWriter(directory, null, ({ seconds }) => {
    still.push(seconds);
    durable.push((performance.now() - began) / 1000);
  });
  for (let step = 1; step <= 10; step++) {
    const state = { step, events: 0, eventsDigest: null, optimizer: { count: step }, task: {}, versions: {} };
    began = performance.now();
    await writer.write(task, optimizer, () => state);
    await writer.settled();
  }
  await writer.close();
  const bytes = parameters.reduce((sum, { data }) => sum + data.byteLength, 0);
  return {
    name,
    megabytes: bytes / 1e6,
    still: median(still),
    most: Math.max(...still),
    durable: median(durable),
  };
}

try {
  const shares: number[] = [];
  const pauses: number[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    const run = await trained(20);
    const seconds = kept(run);
    shares.push(seconds / run.seconds);
    for (const event of run.events) if (event.type === "checkpoint") pauses.push(event.seconds!);
    const made = run.events.filter(({ type }) => type === "step").length;
    console.log(
      `a step takes ${((1000 * run.seconds) / made).toFixed(1)} ms, of which run store, events and display ${((1e6 * seconds) / made).toFixed(0)} µs: ${(100 * shares.at(-1)!).toFixed(2)} %`,
    );
  }
  const share = median(shares);
  console.log(`share of run store, events and display: ${(100 * share).toFixed(2)} % (reach: ≤ 1 %)`);
  const ms = (seconds: number) => `${(1000 * seconds).toFixed(1)} ms`;
  console.log(
    `a checkpoint of pythia-tiny's run stops it for ${ms(median(pauses))} (median of ${pauses.length}), ${ms(Math.max(...pauses))} at most (reach: ≤ 50 ms)`,
  );
  const rows = [await checkpointed("pythia-70m", 6, 512, 32), await checkpointed("pythia-1b", 16, 2048, 32)];
  for (const { name, megabytes, still, most, durable } of rows)
    console.log(
      `${name}: an adapter of ${megabytes.toFixed(1)} MB stops training for ${ms(still)} (median of 10), ${ms(most)} at most; durable after ${ms(durable)}`,
    );
  const checkpoint = { median: median(pauses), most: Math.max(...pauses) };
  if (values.json)
    writeFileSync(values.json, `${JSON.stringify({ name: "overhead", share, checkpoint, rows }, null, 2)}\n`);
} finally {
  rmSync(place, { recursive: true, force: true });
}
