import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  CheckpointError,
  loadAdapter,
  loadModel,
  requireTensor,
  resolveModel,
  saveAdapter,
  saveModel,
  writeSafetensors,
} from "../../src/checkpoints/index.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "alright-model-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const weight = { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) };
const checkpoint = {
  config: { model_type: "gpt_neox", vocab_size: 2 },
  tensors: new Map([["embed_in.weight", weight]]),
};

describe("a model directory", () => {
  test("is read as it was saved", async () => {
    await saveModel(directory, checkpoint);
    const read = await loadModel(directory);
    expect(read.config).toEqual({ ...checkpoint.config, torch_dtype: "float32" });
    expect(read.tensors.get("embed_in.weight")).toEqual(weight);
  });

  test("takes the tokenizer along", async () => {
    const from = join(directory, "from");
    await mkdir(from);
    await writeFile(join(from, "tokenizer.json"), "{}");
    await saveModel(join(directory, "to"), checkpoint, { dtype: "F16", tokenizerFrom: from });
    expect(await readFile(join(directory, "to", "tokenizer.json"), "utf8")).toBe("{}");
  });

  test("without weights is an error that says so", async () => {
    await writeFile(join(directory, "config.json"), "{}");
    await expect(loadModel(directory)).rejects.toThrow(
      /a model directory without weights: no model\.safetensors/,
    );
    await writeFile(join(directory, "pytorch_model.bin"), "");
    await expect(loadModel(directory)).rejects.toThrow(
      /pytorch_model\.bin is not read: convert it to safetensors/,
    );
  });

  test("without config, or not there, is an error that says so", async () => {
    await expect(loadModel(directory)).rejects.toThrow(/no config\.json/);
    await expect(loadModel(join(directory, "nowhere"))).rejects.toThrow(/nowhere: no such directory/);
    await writeFile(join(directory, "config.json"), "[]");
    await expect(loadModel(directory)).rejects.toThrow(/config\.json: expected a JSON object/);
  });

  test("with truncated weights is an error naming file and tensor", async () => {
    await saveModel(directory, checkpoint);
    const file = join(directory, "model.safetensors");
    await truncate(file, (await readFile(file)).length - 3);
    await expect(loadModel(directory)).rejects.toThrow(
      /model\.safetensors: tensor "embed_in\.weight".*truncated/,
    );
  });

  test("a tensor that is missing or of another shape is an error naming both", async () => {
    await saveModel(directory, checkpoint);
    const read = await loadModel(directory);
    expect(requireTensor(read, "embed_in.weight", [2, 2]).data).toEqual(weight.data);
    expect(() => requireTensor(read, "embed_out.weight", [2, 2])).toThrow(
      `${directory}: tensor "embed_out.weight" is missing`,
    );
    expect(() => requireTensor(read, "embed_in.weight", [3, 2])).toThrow(
      /has shape \[2,2\]; config\.json asks for \[3,2\]/,
    );
  });
});

describe("a sharded model", () => {
  const index = (map: unknown) =>
    writeFile(join(directory, "model.safetensors.index.json"), JSON.stringify({ weight_map: map }));
  beforeEach(async () => {
    await writeFile(join(directory, "config.json"), "{}");
    await writeSafetensors(join(directory, "one.safetensors"), new Map([["a", weight]]));
    await writeSafetensors(join(directory, "two.safetensors"), new Map([["b", weight]]));
  });

  test("is read whole", async () => {
    await index({ a: "one.safetensors", b: "two.safetensors" });
    expect([...(await loadModel(directory)).tensors.keys()].sort()).toEqual(["a", "b"]);
  });

  test("a tensor that its shard lacks is an error naming shard and tensor", async () => {
    await index({ a: "two.safetensors" });
    await expect(loadModel(directory)).rejects.toThrow(/two\.safetensors: tensor "a" is missing/);
  });

  test("a shard that is missing, or outside the directory, is an error", async () => {
    await index({ a: "three.safetensors" });
    await expect(loadModel(directory)).rejects.toThrow(/three\.safetensors: not found/);
    await index({ a: "../one.safetensors" });
    await expect(loadModel(directory)).rejects.toThrow(/expected a \.safetensors file of the same directory/);
    await index([]);
    await expect(loadModel(directory)).rejects.toThrow(/"weight_map" is missing/);
  });
});

describe("a PEFT adapter", () => {
  const lora = { rank: 2, alpha: 4, targets: ["query_key_value"], dropout: 0 };
  const name = (side: string) =>
    `base_model.model.gpt_neox.layers.0.attention.query_key_value.lora_${side}.weight`;
  const parameters = [
    { name: name("A"), shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    { name: name("B"), shape: [1, 2], data: Float32Array.of(0, 0) },
  ];
  const change = async (part: object) => {
    const file = join(directory, "adapter_config.json");
    await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, "utf8")), ...part }));
  };

  test("is read as it was saved", async () => {
    await saveAdapter(directory, parameters, { lora, base: "pythia-tiny" });
    const read = await loadAdapter(directory);
    expect(read.lora).toEqual(lora);
    expect(read.base).toBe("pythia-tiny");
    for (const { name, shape, data } of parameters) expect(read.tensors.get(name)).toEqual({ shape, data });
  });

  test("keeps rsLoRA", async () => {
    await saveAdapter(directory, parameters, { lora: { ...lora, rslora: true }, base: "x" });
    expect(JSON.parse(await readFile(join(directory, "adapter_config.json"), "utf8")).use_rslora).toBe(true);
    expect((await loadAdapter(directory)).lora).toEqual({ ...lora, rslora: true });
  });

  test.each(["all-linear", ".*query_key_value", ["layers.0.*"], null])(
    "for targets %j is written with the names of its modules, which PEFT reads as we do",
    async (targets) => {
      await saveAdapter(directory, parameters, { lora: { ...lora, targets }, base: "x" });
      const modules = ["gpt_neox.layers.0.attention.query_key_value"];
      expect((await loadAdapter(directory)).lora.targets).toEqual(modules);
    },
  );

  test("may name its targets by a string; with layers left out, by its tensors", async () => {
    await saveAdapter(directory, parameters, { lora, base: "x" });
    for (const target_modules of ["all-linear", ".*query_key_value"]) {
      await change({ target_modules });
      expect((await loadAdapter(directory)).lora.targets).toBe(target_modules);
    }
    await change({ target_modules: ["query_key_value", "dense"], layers_to_transform: [0] });
    expect((await loadAdapter(directory)).lora.targets).toEqual([
      "gpt_neox.layers.0.attention.query_key_value",
    ]);
  });

  test.each([
    [{ peft_type: "IA3" }, /peft_type "IA3"/],
    [{ use_dora: true }, /"use_dora" is set/],
    [{ rank_pattern: { x: 3 } }, /"rank_pattern" is set/],
    [{ r: 0 }, /"r" is 0/],
    [{ lora_alpha: "4" }, /"lora_alpha" is "4"/],
    [{ target_modules: [] }, /"target_modules" is \[\]/],
    [{ r: 3 }, /lora_A\.weight" has shape \[2,3\]; rank 3 asks for \[3, in\]/],
  ])("of another kind is an error: %j", async (part, message) => {
    await saveAdapter(directory, parameters, { lora, base: "x" });
    await change(part);
    await expect(loadAdapter(directory)).rejects.toThrow(message);
  });

  test("with half of a pair is an error naming the other", async () => {
    await saveAdapter(directory, parameters.slice(0, 1), { lora, base: "x" });
    await expect(loadAdapter(directory)).rejects.toThrow(/lora_B\.weight" is missing/);
  });

  test("of other names is refused", () =>
    expect(
      saveAdapter(directory, [{ ...parameters[0]!, name: "lora_A" }], { lora, base: "x" }),
    ).rejects.toThrow(CheckpointError));
});

describe("a model's name", () => {
  test("may be a directory, or a .gguf file", async () => {
    expect(await resolveModel(directory)).toBe(directory);
    const file = join(directory, "model.gguf");
    await writeFile(file, "");
    expect(await resolveModel(file)).toBe(file);
    await writeFile(join(directory, "model.bin"), "");
    await expect(resolveModel(join(directory, "model.bin"))).rejects.toThrow(
      /is a file; expected a Hugging Face directory or a \.gguf file/,
    );
  });

  test("that is unknown is an error", async () => {
    await expect(resolveModel("pythia-tinny")).rejects.toThrow(
      /model "pythia-tinny": no embedded model and no directory/,
    );
    await expect(resolveModel("hub:pythia-1b")).rejects.toThrow(/expected hub:owner\/name/);
    await expect(resolveModel("x.gguf")).rejects.toThrow(/model "x\.gguf": no such file/);
    await expect(resolveModel(join(directory, "..", "..", "etc", "hostname"))).rejects.toThrow(
      CheckpointError,
    );
  });
});
