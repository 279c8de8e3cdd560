import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Example } from "../damage.ts";

const sft = [
  { instruction: "Name a fruit.", input: "", output: "A pear." },
  { instruction: "Add.", input: "1 2", output: "3" },
  { prompt: "Who?", completion: "Me." },
  { prompt: "Où ? 🍐", completion: "Là." },
];
const preferences = [
  { prompt: "Who?", chosen: "Me.", rejected: "You." },
  { chosen: "\n\nHuman: Hi\n\nAssistant: Hello.", rejected: "\n\nHuman: Hi\n\nAssistant: Go." },
];
const messages = [
  {
    messages: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Hello." },
    ],
  },
  {
    prompt: [{ role: "user", content: "Hi" }],
    chosen: [{ role: "assistant", content: "Hello." }],
    rejected: [{ role: "assistant", content: "Go." }],
  },
];

const lines = (rows: readonly object[]) =>
  Buffer.from(`${rows.map((row) => JSON.stringify(row)).join("\n")}\n`);
const list = (rows: readonly object[]) => Buffer.from(JSON.stringify(rows, null, 1));

function one(name: string, bytes: Uint8Array): Example {
  return { files: new Map([[name, bytes]]), damaged: [name] };
}

/** Chat messages that lack an answer, and columns of other kinds, are refused as they are. */
const chat = (example: Example): Example => ({ ...example, refused: true });

/** Rows in each shape, one a line. */
export const linesExamples = (): Example[] => [
  one("rows.jsonl", lines(sft)),
  one("rows.jsonl", lines(preferences)),
  chat(one("rows.jsonl", lines(messages))),
];

/** Rows as a JSON array. */
export const arrayExamples = (): Example[] => [
  one("rows.json", list(sft)),
  one("rows.json", list(preferences)),
  chat(one("rows.json", list(messages))),
];

export const gzipExamples = (): Example[] => [
  one("rows.jsonl.gz", gzipSync(lines(sft))),
  one("rows.json.gz", gzipSync(list(preferences))),
  one("rows.jsonl.gz", Buffer.concat([gzipSync(lines(sft)), gzipSync(lines(sft))])),
];

/** Files that pyarrow wrote: every compression, both page versions, nested columns, and some without rows of ours. */
export function parquetExamples(): Example[] {
  const place = join("test", "data", "fixtures");
  return readdirSync(place)
    .filter((name) => name.endsWith(".parquet"))
    .map((name) => {
      const example = one("rows.parquet", readFileSync(join(place, name)));
      // Rows that are none are refused also undamaged; all others must be read.
      return /^(no-rows|other-columns|wrong-types)/.test(name) ? chat(example) : example;
    });
}

/** A run's specification as a user writes it. */
export const specificationExamples = (): Example[] =>
  [
    {
      model: "toy:conflict",
      method: { name: "alright", lambda: 0.5 },
      steps: 10,
      data: {},
      stop: { gap: 1e-4, front: [[0, 1]] },
    },
    {
      model: "pythia-tiny",
      data: { sft: "sft.jsonl", dpo: "dpo.jsonl" },
      method: { name: "sequential", order: ["dpo", "sft"], steps: [3, 3] },
      lora: { rank: 4, alpha: 8, targets: ["query_key_value"], dropout: 0 },
      reference: { sft: "chosen", steps: 5 },
      ideal: { dpo: 0.1, sft: 1 },
      objectives: { dpo: { loss: "sigmoid", beta: 0.1, labelSmoothing: 0 }, sft: { reduction: "tokens" } },
      optimizer: { name: "adam", learningRate: 5e-5, betas: [0.9, 0.95], schedule: "cosine" },
    },
  ].map((specification) => one("spec.json", Buffer.from(JSON.stringify(specification))));
