/**
 * Peak memory of the blockwise plan: a random checkpoint in the shape of Pythia-1b (d = 2,048, 16 layers, 8 heads,
 * vocabulary 50,304), LoRA of rank 32 on query_key_value, an SFT step and a DPO step on 3,700 tokens each; weights
 * in memory, and weights read from their file. Beside it the same process without a model.
 *
 *     npm run bench -- memory [--shape pythia-1b|small] [--json FILE]
 *     node dist/bench/memory.js MODEL kept|streamed    the same of a model that is there, its peak as JSON
 */
import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { inMemory, openModel } from "../src/checkpoints/index.ts";
import { createLearner, modelOf, physicalCores } from "../src/engine/index.ts";
import { dpo, sft } from "../src/objectives/index.ts";

const shapes = {
  "pythia-1b": { hidden_size: 2048, num_hidden_layers: 16, num_attention_heads: 8, vocab_size: 50_304 },
  small: { hidden_size: 256, num_hidden_layers: 4, num_attention_heads: 4, vocab_size: 8_064 },
};
type Way = "empty" | "kept" | "streamed";
const lora = { rank: 32, alpha: 32, targets: null, dropout: 0 };
const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20);

/** A float32 safetensors file with small numbers, written part by part: it may be larger than memory. */
function writeCheckpoint(directory: string, config: Record<string, unknown>): number {
  writeFileSync(join(directory, "config.json"), JSON.stringify(config));
  const header: Record<string, unknown> = {};
  let offset = 0;
  for (const [name, shape] of modelOf(config).shapes) {
    const bytes = 4 * shape.reduce((product, size) => product * size, 1);
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + bytes] };
    offset += bytes;
  }
  const json = Buffer.from(JSON.stringify(header).padEnd(8 * Math.ceil(JSON.stringify(header).length / 8)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const file = openSync(join(directory, "model.safetensors"), "w");
  writeSync(file, Buffer.concat([length, json]));
  const part = new Float32Array(2 ** 20);
  let state = 1;
  for (let i = 0; i < part.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    part[i] = (state / 2 ** 32 - 0.5) * 0.06;
  }
  const bytes = new Uint8Array(part.buffer);
  for (let left = offset; left > 0; left -= bytes.length)
    writeSync(file, bytes, 0, Math.min(left, bytes.length));
  closeSync(file);
  return offset;
}

const peak = () => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))![1]) * 1024;

/** 3,700 tokens: rows as long as alpaca's, or pairs as long as hh-rlhf's. */
function examples(vocabulary: number, responses: number) {
  const ids = (length: number, seed: number) =>
    Int32Array.from({ length }, (_, i) => ((seed * 977 + i) * 7919) % vocabulary);
  const rows = responses === 1 ? 20 : 10;
  const each = responses === 1 ? [60, 126] : [150, 111];
  return Array.from({ length: rows }, (_, row) => ({
    row,
    prompt: ids(each[0]!, row),
    responses: Array.from({ length: responses }, (_, r) => ids(each[1]!, 31 * row + r)),
  }));
}

async function child(directory: string, way: Way): Promise<void> {
  if (way === "empty") return void console.log(JSON.stringify({ peak: peak(), losses: [], seconds: [] }));
  const stored = await openModel(directory);
  const checkpoint = way === "kept" ? inMemory(stored) : stored;
  const learner = await createLearner(checkpoint, {
    lora,
    seed: 1,
    threads: physicalCores(),
    plan: "blockwise",
  });
  const { vocab_size: vocabulary } = stored.config as { vocab_size: number };
  const into = learner.parameters.map(({ data }) => new Float32Array(data.length));
  const losses: number[] = [];
  const seconds: number[] = [];
  for (const responses of [1, 2]) {
    const began = performance.now();
    const objective = responses === 1 ? sft() : dpo();
    const reference = responses === 1 ? null : new Float64Array(20).fill(-1000);
    losses.push(
      (await learner.gradient(examples(vocabulary, responses), objective, reference, 1, into)).loss,
    );
    seconds.push((performance.now() - began) / 1000);
  }
  console.log(JSON.stringify({ peak: peak(), losses, seconds }));
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { shape: { type: "string", default: "pythia-1b" }, json: { type: "string" } },
});
if (positionals.length === 2) await child(positionals[0]!, positionals[1] as Way);
else {
  const shape = shapes[values.shape as keyof typeof shapes];
  const directory = mkdtempSync(join(tmpdir(), "alright-memory-"));
  try {
    const config = { model_type: "gpt_neox", intermediate_size: 4 * shape.hidden_size, ...shape };
    const weights = writeCheckpoint(directory, config);
    const results: Record<string, { peak: number; losses: number[]; seconds: number[] }> = {};
    for (const way of ["empty", "kept", "streamed"] satisfies Way[]) {
      const out = execFileSync(process.execPath, [fileURLToPath(import.meta.url), directory, way], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "inherit"],
      });
      results[way] = JSON.parse(out);
      const { peak, seconds } = results[way]!;
      console.log(
        `${way.padEnd(9)} peak ${megabytes(peak)} MB` +
          (way === "empty"
            ? ""
            : `, ${megabytes(peak - weights)} MB beside ${megabytes(weights)} MB of weights; SFT ${seconds[0]!.toFixed(1)} s, DPO ${seconds[1]!.toFixed(1)} s`),
      );
    }
    if (values.json)
      writeFileSync(values.json, `${JSON.stringify({ name: "memory", shape, weights, results }, null, 2)}\n`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
