import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadAdapter, loadModel, readSafetensorsHeader } from "../../src/checkpoints/index.ts";
import type { Example } from "../../src/data/examples.ts";
import { createLearner, type LanguageLearner } from "../../src/engine/index.ts";
import { findPolicy } from "../../src/generation/index.ts";
import { RunDirectory as Directory, type RunDirectory } from "../../src/runs/directory.ts";
import type { SpecificationInput } from "../../src/runs/specification.ts";
import { type SaveOptions, save } from "../../src/saving/index.ts";
import { pauseAfter, trainHere } from "../training/in-process.ts";
import { writeTinyData, writeTinyModel } from "../training/tiny-model.ts";

const gguf = fileURLToPath(new URL("../parity/fixtures/gguf-neox.gguf", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "alright-save-"));
const at = (name: string) => join(directory, name);
const base = at("base");
let data: { sft: string; dpo: string };

beforeAll(async () => {
  await writeTinyModel(base);
  data = writeTinyData(directory);
});
afterAll(() => rmSync(directory, { recursive: true }));

/** A run of a few large steps, so that the adapter changes something. */
async function trained(
  method: SpecificationInput["method"],
  more: object = {},
  pause?: number,
): Promise<RunDirectory> {
  const specification = {
    model: base,
    data,
    method,
    steps: 4,
    threads: 1,
    ideal: null,
    lora: { rank: 4, alpha: 8, targets: ["query_key_value", "dense"] },
    optimizer: { learningRate: 0.05 },
    ...more,
  } as SpecificationInput;
  const ask = pause === undefined ? {} : { ask: pauseAfter(pause) };
  const run = await trainHere(specification, { runs: at("runs"), ...ask });
  expect(run.ended.error).toBeUndefined();
  return run.directory;
}

const rows: Example[] = [
  { row: 0, prompt: Int32Array.of(5, 9, 70, 12), responses: [Int32Array.of(8, 200, 33, 0)] },
  { row: 1, prompt: Int32Array.of(120, 3), responses: [Int32Array.of(77, 0)] },
];

async function logProbs(learner: LanguageLearner): Promise<number[]> {
  const { logProbs } = await learner.logProbs(rows);
  await learner.dispose();
  return [...logProbs];
}

/** Of a saved directory. */
async function ofModel(place: string): Promise<number[]> {
  return logProbs(await createLearner(await loadModel(place), { lora: null, seed: 0, threads: 1 }));
}

/** Of the base model with adapters on it, as the engine itself computes them: B A x is never multiplied out. */
async function withAdapters(model: string, adapters: readonly string[]): Promise<number[]> {
  const checkpoint = await loadModel(model);
  if (adapters.length === 0) return ofModel(model);
  const [first, ...others] = await Promise.all(adapters.map((adapter) => loadAdapter(adapter)));
  const learner = await createLearner(checkpoint, { lora: first!.lora, seed: 0, threads: 1 });
  const fill = ({ tensors }: typeof first & object) => {
    for (const { name, data } of learner.parameters) data.set(tensors.get(name)!.data);
  };
  fill(first!);
  for (const other of others) {
    await learner.merge(0);
    fill(other);
  }
  return logProbs(learner);
}

function close(found: readonly number[], expected: readonly number[], relative = 1e-5): void {
  for (const [i, value] of expected.entries())
    expect(Math.abs(found[i]! - value)).toBeLessThan(relative * Math.abs(value));
}

async function saved(run: RunDirectory, name: string, options: SaveOptions = {}) {
  return save({ directory: run.path }, at(name), options);
}

describe("a merged model", () => {
  test("computes what base and adapter compute, and is not the base", async () => {
    const run = await trained({ name: "alright" });
    const result = await saved(run, "merged");
    const { adapters, model } = await findPolicy({ run: run.path });
    const found = await ofModel(at("merged"));
    close(found, await withAdapters(model, adapters));
    const plain = await ofModel(base);
    expect(Math.abs(found[0]! - plain[0]!)).toBeGreaterThan(0.01);
    expect(result).toMatchObject({ directory: at("merged"), form: "merged", step: 4, steps: 4 });
    expect(result.files).toEqual(readdirSync(at("merged")).sort());
    expect(result.files).toEqual([
      "README.md",
      "chat_template.jinja",
      "config.json",
      "generation_config.json",
      "model.safetensors",
      "special_tokens_map.json",
      "tokenizer.json",
      "tokenizer_config.json",
    ]);
  });

  test("has a card with metadata, method, losses and the texts that it was trained on", async () => {
    const run = await trained({ name: "mix", lambda: 0.3 }, { template: "Q: {prompt}\nA: " });
    await saved(run, "carded");
    const card = readFileSync(join(at("carded"), "README.md"), "utf8");
    expect(card).toMatch(
      /^---\nlibrary_name: transformers\npipeline_tag: text-generation\ntags:\n(- \w+\n)+---\n# base, Mix λ=0\.3\n/,
    );
    expect(card).toContain("| Instructions (SFT) | `sft.jsonl` |");
    expect(card).toContain("```\nQ: {prompt}\nA: \n```");
    expect(card).toMatch(/\| SFT \| \d+\.\d+ \|\n\| DPO \| \d+\.\d+ \|/);
    expect(card).not.toContain(directory);
    const template = readFileSync(join(at("carded"), "chat_template.jinja"), "utf8");
    expect(template).toContain(`"Q: " + ns.system + message['content'] + "\\nA: "`);
  });

  test("of a paused run is its newest checkpoint, and says so", async () => {
    const run = await trained({ name: "sequential", order: ["dpo", "sft"] }, {}, 3);
    const result = await saved(run, "paused");
    expect(result).toMatchObject({ step: 3, steps: 4 });
    const { adapters, model } = await findPolicy({ run: run.path });
    expect(adapters).toHaveLength(2);
    close(await ofModel(at("paused")), await withAdapters(model, adapters));
    const card = readFileSync(join(at("paused"), "README.md"), "utf8");
    expect(card).toContain("| Steps | 3 of 4 (the run is paused) |");
  });

  test("of a run that trained all weights is those", async () => {
    const run = await trained({ name: "sft" }, { lora: null, optimizer: { learningRate: 1e-3 } });
    await saved(run, "whole");
    close(await ofModel(at("whole")), await ofModel(run.final));
    await expect(saved(run, "none", { form: "adapter" })).rejects.toThrow(
      /trained all weights, so it has no adapter/,
    );
    expect(existsSync(at("none"))).toBe(false);
  });

  test("goes to shards with an index where it is larger than one may be", async () => {
    const run = await trained({ name: "alright" });
    const { files } = await saved(run, "one");
    const result = await saved(run, "many", { shardBytes: 10_000, dtype: "bfloat16" });
    expect(files).toContain("model.safetensors");
    const shards = result.files.filter((name) => name.endsWith(".safetensors"));
    expect(shards.length).toBeGreaterThan(2);
    expect(shards[0]).toMatch(new RegExp(`^model-00001-of-0000${shards.length}\\.safetensors$`));
    const index = JSON.parse(readFileSync(join(at("many"), "model.safetensors.index.json"), "utf8"));
    let bytes = 0;
    for (const shard of shards) {
      const { entries } = await readSafetensorsHeader(join(at("many"), shard));
      for (const entry of entries) {
        expect([entry.dtype, index.weight_map[entry.name]]).toEqual(["BF16", shard]);
        bytes += entry.bytes;
      }
    }
    expect(index.metadata.total_size).toBe(bytes);
    // bfloat16 has 8 bits of precision.
    close(await ofModel(at("many")), await ofModel(at("one")), 0.02);
    expect(JSON.parse(readFileSync(join(at("many"), "config.json"), "utf8")).torch_dtype).toBe("bfloat16");
  });

  test("of a GGUF file is a Hugging Face directory", async () => {
    const run = await trained(
      { name: "sft" },
      { model: gguf, data: { sft: data.sft }, maxLength: 60, tooLong: "cut" },
    );
    const { files } = await saved(run, "from-gguf");
    expect(files).toEqual(
      expect.arrayContaining(["tokenizer.json", "tokenizer_config.json", "generation_config.json"]),
    );
    const { adapters, model } = await findPolicy({ run: run.path });
    close(await ofModel(at("from-gguf")), await withAdapters(model, adapters));
    const config = JSON.parse(readFileSync(join(at("from-gguf"), "config.json"), "utf8"));
    expect(config.architectures).toEqual(["GPTNeoXForCausalLM"]);
  });
});

test("an adapter of two stages is one adapter, which does what both do", async () => {
  const run = await trained({ name: "sequential", order: ["sft", "dpo"] }, {}, 3);
  const result = await saved(run, "adapter", { form: "adapter" });
  expect(result.files).toEqual(
    expect.arrayContaining(["adapter_config.json", "adapter_model.safetensors", "README.md"]),
  );
  const { adapters, model } = await findPolicy({ run: run.path });
  close(await withAdapters(base, [at("adapter")]), await withAdapters(model, adapters));
  const config = JSON.parse(readFileSync(join(at("adapter"), "adapter_config.json"), "utf8"));
  expect(config).toMatchObject({ base_model_name_or_path: base, r: 8 });
  expect(readFileSync(join(at("adapter"), "README.md"), "utf8")).toMatch(/^---\nlibrary_name: peft\n/);
});

describe("what is there already, or can't be written, stays as it was", () => {
  test("a directory with something in it, and a file", async () => {
    const run = await trained({ name: "sft" });
    writeFileSync(at("file"), "mine");
    await expect(saved(run, "file")).rejects.toThrow(/file is a file; give a new directory/);
    await expect(save(run.path, directory)).rejects.toThrow(/is not empty .*nothing is overwritten/);
    expect(readFileSync(at("file"), "utf8")).toBe("mine");
  });

  test("a failure in the middle leaves nothing", async () => {
    const run = await trained({ name: "sft" }, { lora: null });
    const { config, tensors } = await loadModel(run.final);
    const [name] = tensors.keys();
    tensors.get(name!)!.data[0] = 1e6;
    const { saveModel } = await import("../../src/checkpoints/index.ts");
    await saveModel(run.final, { config, tensors });
    const before = readdirSync(directory).sort();
    await expect(saved(run, "half", { dtype: "float16" })).rejects.toThrow(
      /value 1000000, too large for F16/,
    );
    expect(readdirSync(directory).sort()).toEqual(before);
  });

  test("the toy, and a run without a checkpoint", async () => {
    const toy = await trainHere(
      { model: "toy:conflict", method: { name: "mix" }, steps: 5 } as SpecificationInput,
      {
        runs: at("runs"),
      },
    );
    await expect(saved(toy.directory, "toy")).rejects.toThrow(/it has no words/);
    const run = await trained({ name: "sft" }, {}, 2);
    rmSync(run.checkpoints, { recursive: true });
    await expect(saved(new Directory(run.path), "early")).rejects.toThrow(/has no checkpoint yet/);
    await expect(save("nobody", at("nobody"), { runs: at("runs") })).rejects.toThrow(
      /nobody: no run is there/,
    );
  });
});
