/** How users read each format: what they open, and a bit of what they then do with it. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  loadModel,
  loadModelTokenizer,
  openModel,
  readGguf,
  readSafetensors,
  requireTensor,
  saveTokenizer,
} from "../../src/checkpoints/index.ts";
import { openSafetensors } from "../../src/checkpoints/stored.ts";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { runsCommand } from "../../src/cli/runs.ts";
import { readSpecification } from "../../src/cli/train.ts";
import { chatFormat } from "../../src/data/chat.ts";
import type { Conversation } from "../../src/data/conversation.ts";
import { loadPreferences, loadSft, tokenisePreferences, tokeniseSft } from "../../src/data/index.ts";
import { modelOf } from "../../src/engine/index.ts";
import { loadTextModel, openPolicy } from "../../src/generation/text-model.ts";
import { findRunDirectory } from "../../src/runs/directory.ts";
import { listRuns, readSnapshot } from "../../src/runs/list.ts";
import { parseSpecification } from "../../src/runs/parse-specification.ts";
import { RunSnapshot } from "../../src/runs/snapshot.ts";
import { runs as runsFrame } from "../../src/runs/table.ts";
import { loadTokenizer } from "../../src/text/index.ts";
import type { Tokenizer } from "../../src/text/tokenizer.ts";
import { describeModel } from "../../src/training/describe-model.ts";
import { ownOfRecord } from "../../src/training/own.ts";
import { continueHere } from "../training/in-process.ts";
import { SeveralErrors } from "./errors.ts";

/** Reads what lies in a directory; a promise that is kept, or broken with one of the project's errors. */
export type Reader = (directory: string) => Promise<void>;

const texts = [
  "",
  "abc",
  "The cat sat, 12 cats at 3.5!\n\n  naïve 🍐 <|endoftext|> x",
  "a".repeat(100),
  " \t\r\n".repeat(20),
];

function useTokenizer(tokenizer: Tokenizer): void {
  for (const text of texts) tokenizer.decode(tokenizer.encode(text));
  tokenizer.decode([0, 1, tokenizer.eos, tokenizer.vocabulary - 1]);
}

const turn = { role: "user", content: "Hi" };
const conversation: Conversation = {
  prompt: [{ role: "system", content: "Be short." }, turn],
  responses: [[{ role: "assistant", content: "Hello." }]],
};

const sum = (data: Float32Array) => data.reduce((total, value) => total + value, 0);

async function readSafetensorsFile(directory: string): Promise<void> {
  const file = join(directory, "model.safetensors");
  const { tensors } = await readSafetensors(file);
  const left = await openSafetensors(file);
  for (const [name, { data }] of tensors)
    if (!Object.is(sum(data), sum(left.get(name)!.data)))
      throw new Error(`${name} differs between the two readers`);
}

/** The model's tensors, each of the shape that its config asks for. */
async function checkModel(path: string): Promise<void> {
  const checkpoint = await openModel(path);
  for (const [name, shape] of modelOf(checkpoint.config).shapes)
    sum(requireTensor(checkpoint, name, shape).data);
}

/** What `%model`, `%generate` and a training run do with a model: two tokens are written where all of it fits. */
async function useModel(path: string): Promise<void> {
  await describeModel(path);
  await checkModel(path);
  await loadModel(path);
  const model = await loadTextModel(path, { threads: 1 });
  try {
    await model.generate("a b", { maxTokens: 2, temperature: 0, template: null }).texts();
  } finally {
    await model.dispose();
  }
}

async function readGgufFile(directory: string): Promise<void> {
  const file = join(directory, "model.gguf");
  await settled([
    () => readGguf(file),
    () => checkModel(file),
    () => loadModel(file),
    async () => useTokenizer(await loadModelTokenizer(file)),
    () => saveTokenizer(file, join(directory, "saved")),
  ]);
}

async function readTokenizer(directory: string): Promise<void> {
  const tokenizer = await loadTokenizer(directory);
  useTokenizer(tokenizer);
  chatFormat(tokenizer, "{prompt}", directory).render(conversation);
}

async function readAdapter(directory: string): Promise<void> {
  const policy = { model: directory, tokenizer: directory, template: "{prompt}" };
  const model = await openPolicy({ ...policy, adapters: [join(directory, "adapter")] }, { threads: 1 });
  try {
    await model.generate("a b", { maxTokens: 1, temperature: 0 }).texts();
  } finally {
    await model.dispose();
  }
}

/** A tokenizer of letters: the rows are what is foreign here. */
const letters: Tokenizer = {
  encode: (text) => Int32Array.from(text.slice(0, 1000), (letter) => letter.charCodeAt(0) % 255),
  decode: (ids) => String.fromCharCode(...Array.from(ids)),
  vocabulary: 256,
  bos: null,
  eos: 255,
  eosText: "~",
};

const byTemplate = chatFormat(letters, "{prompt}:");

/** `%data` on a file of rows, of which nobody has said what they are for. */
async function readRows(directory: string): Promise<void> {
  const file = join(
    directory,
    readdirSync(directory).find((name) => name.startsWith("rows")) ?? "rows.jsonl",
  );
  const options = { template: "{prompt}:", maxLength: 64, tooLong: "cut" } as const;
  await settled([
    async () => tokeniseSft(await loadSft(file), letters, options),
    async () => tokeniseSft(await loadSft(file, { onBadRow: "skip", chat: byTemplate }), letters, options),
    async () =>
      tokenisePreferences(
        await loadPreferences(file, { onBadRow: "skip", chat: byTemplate }),
        letters,
        options,
      ),
  ]);
}

async function readSpecificationFile(directory: string): Promise<void> {
  const file = join(directory, "spec.json");
  parseSpecification(readSpecification(file), file);
}

/** Tables and snapshots of all runs, then what `resume` does, up to the next step. */
async function readRuns(runs: string): Promise<void> {
  await settled([
    // The command leaves out what it can't read, says so and ends with a failure.
    async () => void ((await runsCommand(["--runs", runs])) === exitCodes.failed && listRuns({ runs })),
    async () =>
      void ((await runsCommand(["--runs", runs, "--json"])) === exitCodes.failed && listRuns({ runs })),
    async () => {
      const table = runsFrame({
        dir: runs,
        onUnreadable(error) {
          throw error;
        },
      });
      if (table.shape[0]! > 0) table.toString(); // danfojs writes no empty ones
    },
    ...ids(runs).flatMap((id) => [
      async () => {
        // The browser draws it, and goes by its schema.
        const snapshot = readSnapshot(join(runs, id));
        const { error } = RunSnapshot.safeParse(JSON.parse(JSON.stringify(snapshot)));
        if (error) throw new TypeError(`the snapshot is none: ${error.message}`);
      },
      () => resume(id, runs),
    ]),
  ]);
}

const ids = (runs: string) => readdirSync(runs).filter((id) => existsSync(join(runs, id, "run.json")));

async function resume(id: string, runs: string): Promise<void> {
  const directory = findRunDirectory(id, runs);
  const record = directory.readRecord();
  ownOfRecord(record, {});
  const { reference, model } = record.specification;
  // A run may well ask for a reference of a million steps: that is no fault of its reader.
  if (!model.startsWith("toy:") || (typeof reference === "object" && reference.steps > 10_000)) return;
  const { ended } = await continueHere(directory, {
    ask: ({ type }) => (type === "step" ? { kind: "pause", reason: "enough" } : null),
  });
  if (ended.error && /^(?:Type|Range|Reference|Syntax)?Error: /.test(ended.error))
    throw new Error(`the trainer met ${ended.error}`);
  readSnapshot(directory);
}

/** Does all of them, whether or not one before has failed. @throws SeveralErrors */
async function settled(steps: readonly (() => Promise<unknown>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const step of steps) await step().catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw new SeveralErrors(errors, steps.length);
}

export const readers = {
  safetensors: readSafetensorsFile,
  gguf: readGgufFile,
  model: useModel,
  tokenizer: readTokenizer,
  adapter: readAdapter,
  rows: readRows,
  specification: readSpecificationFile,
  runs: readRuns,
} satisfies Record<string, Reader>;
