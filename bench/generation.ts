/**
 * Greedy generation of one sequence with a key-value cache, beside transformers' `generate` on the CPU: 64 tokens of
 * prompt, 128 new ones. Both read the same directory with a model of random weights, in processes of their own, which
 * take turns; medians of their tokens a second (the prompt's time included) and of the processor time of a text, all
 * threads together, and each process's peak memory.
 *
 *     npx tsc -p bench && node dist/bench/generation.js [--shape NAME …] [--rounds N] [--threads N] [--json FILE]
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { loadModel, saveModel } from "../src/checkpoints/index.ts";
import { createGenerator, type Generator, initialise, physicalCores } from "../src/engine/index.ts";
import { type Answer, Engine } from "./harness/engine.ts";
import { peers, python } from "./harness/python.ts";
import { median } from "./harness/statistics.ts";

export const lengths = { prompt: 64, fresh: 128 };

export const shapes: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "smollm2-135m": {
    model_type: "llama",
    architectures: ["LlamaForCausalLM"],
    hidden_size: 576,
    num_hidden_layers: 30,
    num_attention_heads: 9,
    num_key_value_heads: 3,
    intermediate_size: 1536,
    vocab_size: 49_152,
    max_position_embeddings: 8192,
    rope_theta: 100_000,
    rms_norm_eps: 1e-5,
    hidden_act: "silu",
    tie_word_embeddings: true,
    bos_token_id: 0,
    eos_token_id: 0,
  },
  "pythia-70m": {
    model_type: "gpt_neox",
    architectures: ["GPTNeoXForCausalLM"],
    hidden_size: 512,
    num_hidden_layers: 6,
    num_attention_heads: 8,
    intermediate_size: 2048,
    vocab_size: 50_304,
    max_position_embeddings: 2048,
    rotary_pct: 0.25,
    hidden_act: "gelu",
    bos_token_id: 0,
    eos_token_id: 0,
  },
};

export interface Row {
  readonly name: string;
  readonly shape: string;
  /** Medians. */
  readonly tokensPerSecond: number;
  readonly promptSeconds: number;
  readonly processorSeconds: number;
  readonly seconds: readonly number[];
  readonly peakMegabytes: number;
  /** Whether both gave the same tokens. */
  readonly agree: boolean;
  readonly versions: Readonly<Record<string, string>>;
}

export interface GenerationOptions {
  readonly rounds?: number;
  readonly threads?: number;
}

/** Measures both engines, text by text in turn. */
export async function run(
  shape: string,
  { rounds = 5, threads = physicalCores() }: GenerationOptions = {},
): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), "alright-bench-"));
  const engines: Engine[] = [];
  try {
    await saveModel(directory, initialise(shapes[shape]!, 1));
    const options = { directory, threads, ...lengths };
    const script = fileURLToPath(import.meta.url);
    engines.push(
      new Engine("alright (onnxruntime-node)", process.execPath, [script, "--engine"], options),
      new Engine("transformers (PyTorch)", python({ trl: false }), [`${peers}generation.py`], options),
    );
    const versions = [];
    for (const engine of engines) versions.push(await engine.ask("start"));
    const seconds = engines.map((): number[] => []);
    const prompts = engines.map((): number[] => []);
    const processor = engines.map((): number[] => []);
    const texts = engines.map(() => "");
    for (let round = 0; round < rounds + WARM_UP; round++) {
      for (const [i, engine] of engines.entries()) {
        const answer = await engine.ask("generate");
        texts[i] = String(answer.tokens);
        if (round < WARM_UP) continue;
        seconds[i]!.push(Number(answer.seconds));
        prompts[i]!.push(Number(answer.promptSeconds));
        processor[i]!.push(Number(answer.processor));
      }
    }
    const rows: Row[] = [];
    for (const [i, engine] of engines.entries()) {
      rows.push({
        name: engine.name,
        shape,
        tokensPerSecond: lengths.fresh / median(seconds[i]!),
        promptSeconds: median(prompts[i]!),
        processorSeconds: median(processor[i]!),
        seconds: seconds[i]!,
        peakMegabytes: await engine.end(),
        agree: texts[0] === texts[1],
        versions: versions[i] as Record<string, string>,
      });
    }
    return rows;
  } finally {
    for (const engine of engines) engine.stop();
    rmSync(directory, { recursive: true });
  }
}

const WARM_UP = 1;

/** This library's side: answers the questions of `run`. */
async function serve(options: typeof lengths & { directory: string; threads: number }): Promise<void> {
  let generator: Generator | null = null;
  const prompt = Int32Array.from({ length: options.prompt }, (_, i) => (i * 7919) % 49_000);
  const answers: Readonly<Record<string, () => Promise<Answer>>> = {
    async start() {
      generator = await createGenerator(await loadModel(options.directory), { threads: options.threads });
      return { node: process.versions.node, "onnxruntime-node": "1.30.0" };
    },
    async generate() {
      const start = performance.now();
      const used = process.cpuUsage();
      const tokens: number[] = [];
      const decoding = generator!.decode([prompt], { maxTokens: options.fresh });
      let promptSeconds = 0;
      while (!decoding.done) {
        for (const { token } of await decoding.step()) tokens.push(token);
        if (tokens.length === 1) promptSeconds = (performance.now() - start) / 1000;
      }
      const { user, system } = process.cpuUsage(used);
      return {
        seconds: (performance.now() - start) / 1000,
        processor: (user + system) / 1e6,
        promptSeconds,
        tokens: tokens.join(" "),
      };
    },
    end: async () => ({ peakMegabytes: process.resourceUsage().maxRSS / 1024 }),
  };
  for await (const question of createInterface({ input: process.stdin }))
    console.log(JSON.stringify(await answers[question]!()));
}

function print(rows: readonly Row[]): void {
  const base = rows.at(-1)!;
  console.log(
    `${base.shape.padEnd(30)}          tokens/s      prompt    processor time     peak memory  same tokens`,
  );
  for (const row of rows) {
    const cell = (
      key: "tokensPerSecond" | "processorSeconds" | "peakMegabytes",
      digits: number,
      unit: string,
    ) => `${row[key].toFixed(digits)}${unit} × ${(row[key] / base[key]).toFixed(2)}`;
    console.log(
      row.name.padEnd(30) +
        cell("tokensPerSecond", 1, "").padStart(18) +
        `${row.promptSeconds.toFixed(3)} s`.padStart(12) +
        cell("processorSeconds", 2, " s").padStart(18) +
        cell("peakMegabytes", 0, " MB").padStart(16) +
        (row.agree ? "yes" : "no").padStart(13),
    );
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] === "--engine") await serve(JSON.parse(process.argv[3]!));
  else {
    const { values } = parseArgs({
      options: {
        shape: { type: "string", multiple: true, default: Object.keys(shapes) },
        rounds: { type: "string" },
        threads: { type: "string" },
        json: { type: "string" },
      },
    });
    const rows: Row[] = [];
    for (const shape of values.shape) {
      const found = await run(shape, {
        ...(values.rounds ? { rounds: Number(values.rounds) } : {}),
        ...(values.threads ? { threads: Number(values.threads) } : {}),
      });
      print(found);
      rows.push(...found);
    }
    if (values.json)
      writeFileSync(values.json, `${JSON.stringify({ name: "generation", lengths, rows }, null, 2)}\n`);
    process.exit(0);
  }
}
