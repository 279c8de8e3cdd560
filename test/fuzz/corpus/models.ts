import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { saveAdapter, saveModel, writeSafetensors } from "../../../src/checkpoints/index.ts";
import { initialise, modelOf } from "../../../src/engine/index.ts";
import { loraLayers, loraParameters } from "../../../src/models/index.ts";
import { writeTinyModel } from "../../training/tiny-model.ts";
import type { Example } from "../damage.ts";
import { fixtures, readTree, written } from "./tree.ts";

const weights = "model.safetensors";

/** Files of every type that is read, of those that are passed over, without tensors, and with empty ones. */
export async function safetensorsExamples(): Promise<Example[]> {
  const tensors = new Map([
    ["a", { shape: [3, 4], data: Float32Array.from({ length: 12 }, (_, i) => i / 7) }],
    ["b", { shape: [5], data: new Float32Array(5).fill(-2) }],
    ["scalar", { shape: [], data: Float32Array.of(1) }],
    ["empty", { shape: [0, 7], data: new Float32Array(0) }],
  ]);
  const examples = [];
  for (const dtype of ["F32", "F16", "BF16"] as const)
    examples.push(
      await written((directory) =>
        writeSafetensors(join(directory, weights), tensors, { dtype, metadata: { note: "of a test" } }),
      ),
    );
  examples.push(await written((directory) => writeSafetensors(join(directory, weights), new Map())));
  const others = JSON.stringify({
    double: { dtype: "F64", shape: [2], data_offsets: [0, 16] },
    mask: { dtype: "BOOL", shape: [2, 2], data_offsets: [16, 20] },
    ids: { dtype: "I64", shape: [1], data_offsets: [20, 28] },
  });
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(others.length));
  examples.push(new Map([[weights, Buffer.concat([length, Buffer.from(others), Buffer.alloc(28, 1)])]]));
  return examples.map((files) => ({ files, damaged: [weights] }));
}

const llama = {
  model_type: "llama",
  num_key_value_heads: 1,
  rope_scaling: {
    rope_type: "llama3",
    factor: 4,
    low_freq_factor: 1,
    high_freq_factor: 4,
    original_max_position_embeddings: 32,
  },
};

/** A tokenizer for the fixtures' vocabulary of 64. */
const twoWords = new Map([
  [
    "tokenizer.json",
    Buffer.from(
      JSON.stringify({
        added_tokens: [{ id: 0, content: "<|endoftext|>", special: true }],
        normalizer: null,
        pre_tokenizer: { type: "ByteLevel" },
        post_processor: null,
        decoder: { type: "ByteLevel" },
        model: { type: "BPE", vocab: { a: 1, b: 2, Ġ: 3 }, merges: [] },
      }),
    ),
  ],
  ["tokenizer_config.json", Buffer.from('{"eos_token":"<|endoftext|>"}')],
]);

/** Whole model directories with tokenizers, of one file and in shards. */
export async function modelExamples(): Promise<Example[]> {
  const neox = await written((directory) => writeTinyModel(directory));
  const grouped = await written((directory) => writeTinyModel(directory, 128, llama));
  const one = [neox, grouped].map((files) => ({
    files,
    damaged: ["config.json", "config.json", "config.json", weights],
  }));
  const shards = ["llama", "gpt_neox"].map((family) => {
    const all = readTree(join(fixtures, "interop", family));
    const files = new Map([...all].filter(([name]) => !name.startsWith("adapter/")));
    for (const [name, bytes] of twoWords) files.set(name, bytes);
    const damaged = [...files.keys()].filter((name) => /^(config|model)/.test(name));
    return { files, damaged: [...damaged, "config.json", "model.safetensors.index.json"] };
  });
  return [...one, ...shards];
}

const adapter = [
  "adapter/adapter_config.json",
  "adapter/adapter_config.json",
  "adapter/adapter_model.safetensors",
];

/** Adapters of PEFT's and of our own, each beside its model. */
export async function adapterExamples(): Promise<Example[]> {
  const fromPeft = ["llama", "gpt_neox"].map((family) => ({
    files: new Map([...readTree(join(fixtures, "interop", family)), ...twoWords]),
    damaged: adapter,
  }));
  const config = {
    model_type: "gpt_neox",
    hidden_size: 16,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    intermediate_size: 32,
    vocab_size: 288,
    rotary_pct: 0.5,
    eos_token_id: 0,
  };
  const own = await Promise.all(
    [["query_key_value", "dense_4h_to_h"], "all-linear", ".*(dense|query_key_value)"].map((targets) =>
      written(async (directory) => {
        const lora = { rank: 2, alpha: 4, targets, dropout: 0.1 };
        await saveModel(directory, initialise(config, 1));
        const parameters = loraParameters(loraLayers(modelOf(config), lora), lora, 1);
        for (const [name, bytes] of twoWords) writeFileSync(join(directory, name), bytes);
        await saveAdapter(join(directory, "adapter"), parameters, { lora, base: "../there" });
      }),
    ),
  );
  return [...fromPeft, ...own.map((files) => ({ files, damaged: adapter }))];
}
