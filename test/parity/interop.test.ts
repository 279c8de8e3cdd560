/**
 * Models and adapters go both ways between this library and transformers and PEFT. What those wrote is in fixtures/interop and
 * is read always; the other direction needs a Python with torch, transformers and peft.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import {
  loadAdapter,
  loadModel,
  loadModelTokenizer,
  saveAdapter,
  saveModel,
} from "../../src/checkpoints/index.ts";
import type { Example } from "../../src/data/examples.ts";
import { createLearner, type LanguageLearner } from "../../src/engine/index.ts";
import { findTorchPython, PythonAnswers } from "./torch-python.ts";

const fixtures = fileURLToPath(new URL("fixtures/interop", import.meta.url));
const ggufFile = fileURLToPath(new URL("fixtures/gguf-neox.gguf", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "alright-interop-"));
afterAll(() => rmSync(directory, { recursive: true }));

interface Row {
  readonly prompt: number[];
  readonly response: number[];
}
interface Expected {
  readonly rows: Row[];
  readonly plain: number[];
  readonly adapted: number[];
}

const families = ["gpt_neox", "llama"] as const;
const expectedOf = (folder: string): Expected =>
  JSON.parse(readFileSync(join(folder, "expected.json"), "utf8"));
const examplesOf = (rows: readonly Row[]): Example[] =>
  rows.map(({ prompt, response }, row) => ({
    row,
    prompt: Int32Array.from(prompt),
    responses: [Int32Array.from(response)],
  }));

async function close(
  learner: LanguageLearner,
  rows: readonly Row[],
  expected: readonly number[],
): Promise<void> {
  const { logProbs } = await learner.logProbs(examplesOf(rows));
  for (const [i, value] of expected.entries())
    expect(Math.abs(logProbs[i]! - value)).toBeLessThan(1e-5 * Math.abs(value));
}

/** A sharded bfloat16 directory of transformers' and an adapter of PEFT's give what they gave there. */
async function checkWritten(folder: string): Promise<void> {
  const { rows, plain, adapted } = expectedOf(folder);
  const model = await loadModel(folder);
  const base = await createLearner(model, { lora: null, seed: 0, threads: 1 });
  await close(base, rows, plain);
  await base.dispose();
  const { lora, tensors } = await loadAdapter(join(folder, "adapter"));
  const learner = await createLearner(model, { lora, seed: 0, threads: 1 });
  expect(new Set(learner.parameters.map(({ name }) => name))).toEqual(new Set(tensors.keys()));
  for (const { name, data } of learner.parameters) data.set(tensors.get(name)!.data);
  await close(learner, rows, adapted);
  await learner.dispose();
}

describe.each(families)("%s written by transformers and PEFT", (family) => {
  test("gives the same log-probabilities here", () => checkWritten(join(fixtures, family)));
});

const python = findTorchPython();
if (!python)
  console.log(
    "transformers and PEFT do not read what this library writes in this run: no Python with torch; name one in ALRIGHT_TORCH_PYTHON, or make .venv-parity (test/parity/make-fixtures.py says how)",
  );

const answers = python ? new PythonAnswers(python, "interop.py") : undefined;
afterAll(() => answers?.end());
/** The first answer waits for Python to load torch. */
const patient = { timeout: 300_000 };

interface Answer {
  readonly logProbs: number[];
  readonly ids?: number[][];
  readonly eos?: number;
}
const ask = (job: { model: string; adapter?: string; rows: readonly Row[]; texts?: readonly string[] }) =>
  answers!.ask(job) as Promise<Answer>;

describe.skipIf(!python).each(families)("%s here, and in transformers and PEFT", patient, (family) => {
  const base = join(fixtures, family);
  const { rows } = expectedOf(base);
  const targets = family === "llama" ? ["k_proj", "o_proj", "up_proj"] : ["query_key_value", "dense"];
  const lora = { rank: 2, alpha: 3, targets, dropout: 0 };

  /** A learner whose adapter changes something: B is not zero. */
  async function adapted(): Promise<LanguageLearner> {
    const learner = await createLearner(await loadModel(base), { lora, seed: 3, threads: 1 });
    for (const { name, data } of learner.parameters)
      if (name.includes("lora_B")) for (let i = 0; i < data.length; i++) data[i] = 0.5 * Math.sin(i + 1);
    return learner;
  }

  test("models and adapters written there, afresh", async () => {
    const seed = Date.now() % 1e6;
    console.log(`seed ${seed}`);
    const folder = join(directory, `written-${family}`);
    await answers!.ask({ write: [folder, seed] });
    await checkWritten(join(folder, family));
  });

  test("an adapter written here is PEFT's, with the same log-probabilities", async () => {
    const learner = await adapted();
    const adapter = join(directory, `adapter-${family}`);
    await saveAdapter(adapter, learner.parameters, { lora, base });
    const { logProbs } = await ask({ model: base, adapter, rows });
    const plain = await ask({ model: base, rows });
    expect(logProbs.some((value, i) => Math.abs(value - plain.logProbs[i]!) > 0.1)).toBe(true);
    await close(learner, rows, logProbs);
    await learner.dispose();
  });

  test.each(["F32", "BF16"] as const)(
    "a merged directory of %s is transformers', with the same log-probabilities",
    async (dtype) => {
      const learner = await adapted();
      await learner.merge(0);
      const merged = join(directory, `merged-${family}-${dtype}`);
      const { config } = await loadModel(base);
      await saveModel(merged, { config, tensors: learner.weights() }, { dtype });
      await learner.dispose();
      // bfloat16 rounds the weights: what is compared is what both read from the directory.
      const again = await createLearner(await loadModel(merged), { lora: null, seed: 0, threads: 1 });
      await close(again, rows, (await ask({ model: merged, rows })).logProbs);
      await again.dispose();
    },
  );
});

describe.skipIf(!python)("a directory made from a GGUF file", patient, () => {
  test("is transformers', with the same log-probabilities and tokens", async () => {
    const model = await loadModel(ggufFile);
    const made = join(directory, "from-gguf");
    await saveModel(made, model, { tokenizerFrom: ggufFile });
    const tokenizer = await loadModelTokenizer(ggufFile);
    const texts = ["It's 1999,  isn't it?\n\n", "cafe\u0301 naïve — 東京 🐳", "low<|end|><think>er "];
    const rows = texts.slice(0, 2).map((text) => {
      const ids = [...tokenizer.encode(text)];
      return { prompt: ids.slice(0, 3), response: ids.slice(3) };
    });
    const { logProbs, ids, eos } = await ask({ model: made, rows, texts });
    expect(ids).toEqual(texts.map((text) => [...tokenizer.encode(text)]));
    expect(eos).toBe(tokenizer.eos);
    const learner = await createLearner(model, { lora: null, seed: 0, threads: 1 });
    await close(learner, rows, logProbs);
    await learner.dispose();
  });
});
