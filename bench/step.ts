/**
 * Forward and backward of one training step, beside transformers + peft: GPT-NeoX (d = 512, 6 layers, 8 heads,
 * vocabulary 50,304), LoRA of rank 32 on query_key_value, 4 rows of 256 tokens, all but the first of each are targets.
 * Both run in processes of their own, which take turns; medians of their steps, and each process's peak memory.
 *
 *     npx tsc -p bench && node dist/bench/step.js [--steps N] [--threads N] [--json FILE]
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createLearner, initialise, physicalCores } from "../src/engine/index.ts";
import { sft } from "../src/objectives/index.ts";
import { Engine, serve, timed } from "./harness/engine.ts";
import { peers, python } from "./harness/python.ts";
import { configOf, loraOf } from "./harness/shapes.ts";
import { median } from "./harness/statistics.ts";

export const shape = { width: 512, layers: 6, heads: 8, vocabulary: 50_304, rank: 32, rows: 4, length: 256 };

export interface Row {
  readonly name: string;
  /** Median time of one step, forward only and forward + backward. */
  readonly forwardSeconds: number;
  readonly stepSeconds: number;
  readonly stepTimes: readonly number[];
  /** Median processor time of a forward + backward, all threads together. */
  readonly processorSeconds: number;
  readonly peakMegabytes: number;
  readonly loss: number;
  readonly versions: Readonly<Record<string, string>>;
}

export interface StepOptions {
  readonly steps?: number;
  readonly threads?: number;
}

/** Measures both engines, step by step in turn. */
export async function run({ steps = 11, threads = physicalCores() }: StepOptions = {}): Promise<Row[]> {
  const script = fileURLToPath(import.meta.url);
  const options = { ...shape, threads };
  const engines = [
    new Engine("alright (onnxruntime-node)", process.execPath, [script, "--engine"], options),
    new Engine("transformers + peft (PyTorch)", python({ trl: false }), [`${peers}step.py`], options),
  ];
  try {
    const versions = [];
    for (const engine of engines) versions.push(await engine.ask("start"));
    const times = engines.map(() => ({
      forward: [] as number[],
      step: [] as number[],
      processor: [] as number[],
    }));
    const losses = engines.map(() => Number.NaN);
    for (let step = 0; step < steps + WARM_UP; step++) {
      for (const kind of ["forward", "step"] as const) {
        for (const [i, engine] of engines.entries()) {
          const { seconds, processor, loss } = await engine.ask(kind);
          if (loss !== undefined) losses[i] = Number(loss);
          if (step < WARM_UP) continue;
          times[i]![kind].push(Number(seconds));
          if (kind === "step") times[i]!.processor.push(Number(processor));
        }
      }
    }
    const rows: Row[] = [];
    for (const [i, engine] of engines.entries()) {
      const peakMegabytes = await engine.end();
      rows.push({
        name: engine.name,
        forwardSeconds: median(times[i]!.forward),
        stepSeconds: median(times[i]!.step),
        stepTimes: times[i]!.step,
        processorSeconds: median(times[i]!.processor),
        peakMegabytes,
        loss: losses[i]!,
        versions: versions[i] as Record<string, string>,
      });
    }
    return rows;
  } finally {
    for (const engine of engines) engine.stop();
  }
}

const WARM_UP = 2;

/** This library's side: answers the questions of `run`. */
async function answer(options: typeof shape & { threads: number }): Promise<void> {
  const lora = loraOf(options);
  const learner = await createLearner(initialise(configOf(options), 1), {
    lora,
    seed: 1,
    threads: options.threads,
  });
  const examples = Array.from({ length: options.rows }, (_, row) => {
    const ids = Int32Array.from(
      { length: options.length },
      (_, i) => ((row * options.length + i) * 7919) % 50_000,
    );
    return { row, prompt: ids.subarray(0, 1), responses: [ids.subarray(1)] };
  });
  const gradients = learner.parameters.map(({ data }) => new Float32Array(data.length));
  let loss = Number.NaN;
  await serve({
    start: () => ({ node: process.versions.node, "onnxruntime-node": "1.30.0" }),
    forward: () => timed(() => learner.logProbs(examples)),
    step: async () => {
      const time = await timed(async () => {
        for (const gradient of gradients) gradient.fill(0);
        ({ loss } = await learner.gradient(examples, sft(), null, 1, gradients));
      });
      return { ...time, loss };
    },
  });
}

function print(rows: readonly Row[]): void {
  const base = rows.at(-1)!;
  console.log(`${"".padEnd(30)} forward  forward + backward  processor time  peak memory   loss`);
  for (const { name, forwardSeconds, stepSeconds, processorSeconds, peakMegabytes, loss } of rows) {
    const cell = (value: number, of: number, digits: number, unit: string, width: number) =>
      `${value.toFixed(digits)} ${unit} × ${(value / of).toFixed(2)}`.padStart(width);
    console.log(
      `${name.padEnd(30)} ${forwardSeconds.toFixed(3)} s` +
        cell(stepSeconds, base.stepSeconds, 3, "s", 20) +
        cell(processorSeconds, base.processorSeconds, 2, "s", 16) +
        cell(peakMegabytes, base.peakMegabytes, 0, "MB", 15) +
        loss.toFixed(3).padStart(8),
    );
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] === "--engine") await answer(JSON.parse(process.argv[3]!));
  else {
    const { values } = parseArgs({
      options: { steps: { type: "string" }, threads: { type: "string" }, json: { type: "string" } },
    });
    const rows = await run({
      ...(values.steps ? { steps: Number(values.steps) } : {}),
      ...(values.threads ? { threads: Number(values.threads) } : {}),
    });
    print(rows);
    if (values.json)
      writeFileSync(values.json, `${JSON.stringify({ name: "step", shape, rows }, null, 2)}\n`);
    process.exit(0);
  }
}
