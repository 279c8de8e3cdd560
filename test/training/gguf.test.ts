import { copyFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { loadModel, loadModelTokenizer } from "../../src/checkpoints/index.ts";
import type { SpecificationInput } from "../../src/index.ts";
import { trainHere } from "./in-process.ts";
import { writeTinyData } from "./tiny-model.ts";

const file = fileURLToPath(new URL("../parity/fixtures/gguf-neox.gguf", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "alright-gguf-run-"));
const runs = join(directory, "runs");
afterAll(() => rmSync(directory, { recursive: true }));

const specification = (more: Partial<SpecificationInput>): SpecificationInput => ({
  model: file,
  data: writeTinyData(join(directory, "data")),
  method: { name: "mix", lambda: 0.5 },
  steps: 10,
  ideal: null,
  template: "{prompt}: ",
  optimizer: { learningRate: 1e-2 },
  batchSize: { sft: 6, dpo: 4 },
  evaluation: { every: 10, fraction: 0.1 },
  threads: 1,
  ...more,
});

describe("a run on a GGUF file", () => {
  test("trains all weights and writes a Hugging Face directory with the file's tokenizer", async () => {
    const { ended, directory: run, snapshots } = await trainHere(specification({ lora: null }), { runs });
    expect(ended.error).toBeUndefined();
    expect(ended.summary.losses.sft!).toBeLessThan(snapshots.at(-1)!.start!.sft);
    expect(readdirSync(run.final).sort()).toEqual([
      "config.json",
      "model.safetensors",
      "tokenizer.json",
      "tokenizer_config.json",
    ]);
    const [before, after] = [await loadModel(file), await loadModel(run.final)];
    expect([...after.tensors.keys()].sort()).toEqual([...before.tensors.keys()].sort());
    const tokenizers = [await loadModelTokenizer(file), await loadModelTokenizer(run.final)];
    const [a, b] = tokenizers.map((tokenizer) => tokenizer.encode("Tell me about 12 plums, naïve <|end|>"));
    expect(b).toEqual(a);
    expect(tokenizers[1]).toMatchObject({ eos: tokenizers[0]!.eos, vocabulary: tokenizers[0]!.vocabulary });
    // What was written starts a run of its own.
    const next = await trainHere(specification({ model: run.final, steps: 1 }), { runs });
    expect(next.snapshots.at(-1)!.start!.sft).toBeCloseTo(ended.summary.losses.sft!, 5);
  });

  test("trains an adapter, against a GGUF file as reference", async () => {
    const reference = join(directory, "reference.gguf");
    copyFileSync(file, reference);
    const { ended, snapshots } = await trainHere(specification({ reference, lora: { rank: 2, alpha: 2 } }), {
      runs,
    });
    expect(ended.error).toBeUndefined();
    // The reference is the start, from another file: every margin is 0 and DPO's loss log 2.
    expect(snapshots.at(-1)!.start!.dpo).toBeCloseTo(Math.log(2), 6);
    expect(ended.summary.losses.dpo!).toBeLessThan(Math.log(2));
  });

  test("a reference that is not there is an error that says where it was looked for", async () => {
    const { ended } = await trainHere(specification({ reference: join(directory, "no.gguf") }), { runs });
    expect(String(ended.error)).toMatch(/reference is ".*no\.gguf": no adapter .* and no model/);
  });
});
