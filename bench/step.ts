/**
 * Forward and backward of one training step, beside transformers + peft: GPT-NeoX (d = 512, 6 layers, 8 heads,
 * vocabulary 50,304), LoRA of rank 32 on query_key_value, 4 rows of 256 tokens, all but the first of each are targets.
 * Both run in processes of their own, which take turns; medians of their steps, and each process's peak memory.
 *
 *     npx tsc -p bench && node dist/bench/step.js [--steps N] [--threads N] [--json FILE]
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createLearner, initialise, physicalCores } from "../src/engine/index.ts";
import { sft } from "../src/objectives/index.ts";

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
  const peer = `${root}bench/peers/step.py`;
  const engines = [
    new Engine("alright (onnxruntime-node)", process.execPath, [script, "--engine"], threads),
    new Engine("transformers + peft (PyTorch)", python(), [peer], threads),
  ];
  try {
    const versions = [];
    for (const engine of engines) versions.push(await engine.ask("start"));
    const times = engines.map(() => ({
      forward: [] as number[],
      step: [] as number[],
      processor: [] as number[],
    }));
    for (let step = 0; step < steps + WARM_UP; step++) {
      for (const kind of ["forward", "step"] as const) {
        for (const [i, engine] of engines.entries()) {
          const { seconds, processor } = await engine.ask(kind);
          if (step < WARM_UP) continue;
          times[i]![kind].push(Number(seconds));
          if (kind === "step") times[i]!.processor.push(Number(processor));
        }
      }
    }
    const rows: Row[] = [];
    for (const [i, engine] of engines.entries()) {
      const { peakMegabytes, loss } = await engine.ask("end");
      rows.push({
        name: engine.name,
        forwardSeconds: median(times[i]!.forward),
        stepSeconds: median(times[i]!.step),
        stepTimes: times[i]!.step,
        processorSeconds: median(times[i]!.processor),
        peakMegabytes: Number(peakMegabytes),
        loss: Number(loss),
        versions: versions[i] as Record<string, string>,
      });
    }
    return rows;
  } finally {
    for (const engine of engines) engine.stop();
  }
}

const WARM_UP = 2;
const root = fileURLToPath(new URL("../", import.meta.url)).replace(/dist\/$/, "");

type Answer = Readonly<Record<string, string | number>>;

/** A process that answers one line of JSON to each line it is given. */
class Engine {
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(name: string, command: string, args: readonly string[], threads: number) {
    this.name = name;
    this.#process = spawn(command, [...args, JSON.stringify({ ...shape, threads })], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#lines = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
  }

  async ask(question: string): Promise<Answer> {
    this.#process.stdin!.write(`${question}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.name} ended before it answered "${question}"`);
    return JSON.parse(value) as Answer;
  }

  stop(): void {
    this.#process.kill();
  }
}

/** A Python with torch, transformers and peft: an environment that is there, or one made now. */
function python(): string {
  for (const environment of [".venv-bench", ".venv-parity"]) {
    const candidate = `${root}${environment}/bin/python`;
    if (existsSync(candidate)) return candidate;
  }
  const candidate = `${root}.venv-bench/bin/python`;
  const install = ["-m", "pip", "install", "--quiet"];
  execFileSync("python3", ["-m", "venv", `${root}.venv-bench`], { stdio: "inherit" });
  execFileSync(candidate, [...install, "torch==2.13.0"], { stdio: "inherit" });
  execFileSync(candidate, [...install, "transformers==5.23.0", "peft==0.21.2"], { stdio: "inherit" });
  return candidate;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** This library's side: answers the questions of `run`. */
async function serve(options: typeof shape & { threads: number }): Promise<void> {
  const config = {
    model_type: "gpt_neox",
    hidden_size: options.width,
    num_hidden_layers: options.layers,
    num_attention_heads: options.heads,
    intermediate_size: 4 * options.width,
    vocab_size: options.vocabulary,
  };
  const lora = { rank: options.rank, alpha: options.rank, targets: ["query_key_value"], dropout: 0 };
  const learner = await createLearner(initialise(config, 1), { lora, seed: 1, threads: options.threads });
  const examples = Array.from({ length: options.rows }, (_, row) => {
    const ids = Int32Array.from(
      { length: options.length },
      (_, i) => ((row * options.length + i) * 7919) % 50_000,
    );
    return { row, prompt: ids.subarray(0, 1), responses: [ids.subarray(1)] };
  });
  const gradients = learner.parameters.map(({ data }) => new Float32Array(data.length));
  let loss = Number.NaN;
  const answers: Readonly<Record<string, () => Promise<Answer>>> = {
    start: async () => ({ node: process.versions.node, "onnxruntime-node": "1.30.0" }),
    forward: () => timed(() => learner.logProbs(examples)),
    step: () =>
      timed(async () => {
        for (const gradient of gradients) gradient.fill(0);
        ({ loss } = await learner.gradient(examples, sft(), null, 1, gradients));
      }),
    end: async () => ({ peakMegabytes: process.resourceUsage().maxRSS / 1024, loss }),
  };
  const questions: Interface = createInterface({ input: process.stdin });
  for await (const question of questions) console.log(JSON.stringify(await answers[question]!()));
}

async function timed(work: () => Promise<unknown>): Promise<Answer> {
  const start = performance.now();
  const used = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(used);
  return { seconds: (performance.now() - start) / 1000, processor: (user + system) / 1e6 };
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
  if (process.argv[2] === "--engine") await serve(JSON.parse(process.argv[3]!));
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
