/**
 * Files of every shape that the readers know go through `alright train … --out DIR` to a merged model, which transformers
 * loads and with which it computes what this library's engine computes with base model and adapter. Where the machine
 * has real data (shared/), its first rows are what is read.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadAdapter, loadModel, loadModelTokenizer } from "../../src/checkpoints/index.ts";
import { type Example, encodePrompt, encodeResponse } from "../../src/data/index.ts";
import { createLearner } from "../../src/engine/index.ts";
import { findTorchPython, PythonAnswers } from "../parity/torch-python.ts";
import { writeTinyModel } from "../training/tiny-model.ts";
import { commandIn } from "./alright.ts";

const directory = mkdtempSync(join(tmpdir(), "alright-shapes-"));
const alright = commandIn(directory);
beforeAll(() => writeTinyModel(join(directory, "model"), 1024));
afterAll(() => rmSync(directory, { recursive: true }));

type Rows = readonly object[];
const count = 8;

/** A file beside the repository with data of others, where the machine has it. */
function shared(name: string): string | undefined {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  return ["shared/data", "../shared/data"].map((place) => join(root, place, name)).find(existsSync);
}

function sharedRows(name: string, own: Rows): Rows {
  const file = shared(name);
  if (file === undefined) return own;
  const bytes = readFileSync(file);
  const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  const all = file.endsWith(".json")
    ? (JSON.parse(text) as object[])
    : text.split("\n", count).map((line) => JSON.parse(line));
  return all.slice(0, count);
}

const fruits = ["pear", "plum", "fig", "grape", "lemon", "melon", "peach", "apple"];
const ownAlpaca = fruits.map((fruit, i) => ({
  instruction: `Describe a ${fruit}.`,
  input: i % 2 === 0 ? "" : "In two words, please.",
  output: `A ${fruit} is sweet.\n`,
}));
const ownTranscripts = fruits.map((fruit) => ({
  chosen: `\n\nHuman: What is a ${fruit}?\n\nAssistant: A fruit.`,
  rejected: `\n\nHuman: What is a ${fruit}?\n\nAssistant: I won't say.`,
}));
const completions = fruits.map((fruit) => ({ prompt: `What is a ${fruit}?`, completion: `A ${fruit}` }));
const pairs = fruits.map((fruit) => ({ prompt: `A ${fruit}?`, chosen: "A fruit.", rejected: "A stone." }));

const talk = (...contents: string[]) =>
  contents.map((content, i) => ({ role: i % 2 === 0 ? "user" : "assistant", content }));
const chats = fruits.map((fruit, i) => ({
  messages: [
    ...(i % 2 === 0 ? [{ role: "system", content: "Be brief." }] : []),
    ...talk(`A ${fruit}?`, "Yes.", "Sure?", "A fruit."),
  ],
}));
const answeredChats = fruits.map((fruit) => ({
  prompt: talk(`What is a ${fruit}?`),
  completion: [{ role: "assistant", content: `A ${fruit}.` }],
}));
const comparedChats = answeredChats.map(({ prompt, completion }) => ({
  prompt,
  chosen: completion,
  rejected: [{ role: "assistant", content: "A stone." }],
}));

/** Written by pyarrow and datasets (test/data/make-parquet-fixtures.py). */
const fixture = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../data/fixtures/${name}`, import.meta.url)));

const lines = (rows: Rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join("");

interface Shape {
  readonly title: string;
  /** The file's name says its format. */
  readonly sft?: readonly [file: string, content: string | Uint8Array];
  readonly dpo?: readonly [file: string, content: string | Uint8Array];
}

const alpaca = sharedRows("alpaca_en_demo.json", ownAlpaca);
const transcripts = sharedRows("hh-rlhf-harmless-test.jsonl.gz", ownTranscripts);

const shapes: readonly Shape[] = [
  { title: "alpaca as a JSON array", sft: ["alpaca.json", JSON.stringify(alpaca)] },
  { title: "alpaca with and without input, JSONL", sft: ["alpaca.jsonl", lines(ownAlpaca)] },
  { title: "prompt/completion, JSONL", sft: ["completions.jsonl", lines(completions)] },
  { title: "hh-rlhf transcripts, JSONL, gzip", dpo: ["hh.jsonl.gz", gzipSync(lines(transcripts))] },
  { title: "hh-rlhf transcripts as a JSON array", dpo: ["hh.json", JSON.stringify(ownTranscripts)] },
  { title: "prompt/chosen/rejected, JSONL", dpo: ["pairs.jsonl", lines(pairs)] },
  { title: "chat messages, JSONL", sft: ["messages.jsonl", lines(chats)] },
  { title: "prompt/completion as messages, JSON", sft: ["turns.json", JSON.stringify(answeredChats)] },
  {
    title: "prompt/chosen/rejected as messages, JSONL, gzip",
    dpo: ["turns.jsonl.gz", gzipSync(lines(comparedChats))],
  },
  { title: "alpaca, parquet", sft: ["alpaca.parquet", fixture("alpaca.parquet")] },
  { title: "chat messages, parquet", sft: ["messages.parquet", fixture("messages.parquet")] },
  { title: "prompt/completion, parquet", sft: ["pairs.parquet", fixture("pairs-snappy.parquet")] },
  { title: "preferences as messages, parquet", dpo: ["chosen.parquet", fixture("preferences.parquet")] },
  {
    title: "a pair of files of one's own, gzip",
    sft: ["mine.json.gz", gzipSync(JSON.stringify(completions))],
    dpo: ["mine.jsonl.gz", gzipSync(lines(pairs))],
  },
];

const python = findTorchPython();
if (!python)
  console.log(
    "transformers does not load the merged models in this run: no Python with torch; name one in ALRIGHT_TORCH_PYTHON",
  );
const answers = python ? new PythonAnswers(python, "interop.py") : undefined;
afterAll(() => answers?.end());

/** What the engine computes with the base model and what the run has trained, its adapter never multiplied out. */
async function ofRun(
  run: string,
  rows: readonly { prompt: number[]; response: number[] }[],
): Promise<number[]> {
  const { lora, tensors } = await loadAdapter(join(run, "final"));
  const learner = await createLearner(await loadModel(join(directory, "model")), {
    lora,
    seed: 0,
    threads: 1,
  });
  for (const { name, data } of learner.parameters) data.set(tensors.get(name)!.data);
  const examples: Example[] = rows.map(({ prompt, response }, row) => ({
    row,
    prompt: Int32Array.from(prompt),
    responses: [Int32Array.from(response)],
  }));
  const { logProbs } = await learner.logProbs(examples);
  await learner.dispose();
  return [...logProbs];
}

describe.each(shapes)("$title", ({ title, sft, dpo }) => {
  test("goes from a file to a merged model that transformers loads", { timeout: 300_000 }, async () => {
    const place = join(directory, title.replace(/\W+/g, "-"));
    mkdirSync(place);
    const flags = Object.entries({ sft, dpo }).flatMap(([name, file]) => {
      if (!file) return [];
      writeFileSync(join(place, file[0]), file[1]);
      return [`--${name}`, join(place, file[0])];
    });
    const out = join(place, "merged");
    const { status, stdout, stderr } = alright(
      ...["train", "--model", "model", ...flags, "--steps", "3", "--learning-rate", "0.01", "--rank", "4"],
      ...["--too-long", "cut", "--max-length", "512", "--threads", "1", "--set", "ideal=null"],
      ...["--set", "evaluation.fraction=0.25", "--runs", place, "--out", out],
    );
    expect([status, stderr]).toEqual([0, ""]);
    const [, run] = /^run \S+ in (.*)$/m.exec(stdout)!;
    const tokenizer = await loadModelTokenizer(out);
    const rows = fruits.slice(0, 3).map((fruit) => ({
      prompt: [...encodePrompt(tokenizer, "User: {prompt}\nAssistant: ", `What is a ${fruit}?`)],
      response: [...encodeResponse(tokenizer, `A ${fruit} — 東京.`)],
    }));
    const ours = await ofRun(run!, rows);
    const base = await loadModel(join(directory, "model"));
    const merged = await loadModel(out);
    const name = "gpt_neox.layers.0.attention.query_key_value.weight";
    expect([...merged.tensors.get(name)!.data]).not.toEqual([...base.tensors.get(name)!.data]);
    if (!answers) return;
    const texts = ["What is a pear?\n", "A plum — 東京 <|endoftext|>"];
    const answer = (await answers.ask({ model: out, rows, texts })) as {
      logProbs: number[];
      ids: number[][];
      eos: number;
    };
    for (const [i, value] of answer.logProbs.entries())
      expect(Math.abs(ours[i]! - value)).toBeLessThan(1e-5 * Math.abs(value));
    expect(answer.ids).toEqual(texts.map((text) => [...tokenizer.encode(text)]));
    expect(answer.eos).toBe(tokenizer.eos);
  });
});

describe.skipIf(!answers)("the saved chat template", () => {
  test("writes messages in transformers as the rows were written", { timeout: 300_000 }, async () => {
    const model = join(directory, shapes[2]!.title.replace(/\W+/g, "-"), "merged");
    const messages = [
      { role: "user", content: "What is a pear?" },
      { role: "assistant", content: "A fruit. \n" },
      { role: "user", content: "And {prompt}?" },
    ];
    const { chat } = (await answers!.ask({ model, rows: [], messages })) as { chat: string };
    expect(chat).toBe(
      "User: What is a pear?\nAssistant: A fruit. <|endoftext|>\nUser: And {prompt}?\nAssistant: ",
    );
  });
});
