import { describe, expect, it } from "vitest";
import { initialise, loraLayers, loraParameters, modelOf } from "../../src/models/index.ts";

const config = {
  model_type: "gpt_neox",
  hidden_size: 64,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  intermediate_size: 128,
  vocab_size: 500,
};

const deviation = (data: ArrayLike<number>) => {
  const values = Array.from(data);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
};

describe("initialise", () => {
  const { tensors } = initialise(config, 3);

  it("draws matrices with deviation 0.02, sets biases to 0 and gains to 1", () => {
    expect(deviation(tensors.get("gpt_neox.embed_in.weight")!.data)).toBeCloseTo(0.02, 3);
    expect(deviation(tensors.get("gpt_neox.layers.1.mlp.dense_h_to_4h.weight")!.data)).toBeCloseTo(0.02, 3);
    expect(new Set(tensors.get("gpt_neox.layers.0.attention.dense.bias")!.data)).toEqual(new Set([0]));
    expect(new Set(tensors.get("gpt_neox.final_layer_norm.weight")!.data)).toEqual(new Set([1]));
  });

  it("has the names and shapes of Hugging Face's checkpoint", () => {
    expect(tensors.size).toBe(2 + 2 + 2 * 12);
    expect(tensors.get("gpt_neox.layers.1.attention.query_key_value.weight")!.shape).toEqual([192, 64]);
    expect(tensors.get("embed_out.weight")!.shape).toEqual([500, 64]);
  });

  it("depends on the seed alone", () => {
    const name = "embed_out.weight";
    expect(initialise(config, 3).tensors.get(name)!.data).toEqual(tensors.get(name)!.data);
    expect(initialise(config, 4).tensors.get(name)!.data).not.toEqual(tensors.get(name)!.data);
  });
});

describe("LoRA's initial values", () => {
  const lora = { rank: 8, alpha: 16, targets: ["query_key_value"], dropout: 0 };
  const parameters = loraParameters(loraLayers(modelOf(config), lora), lora, 1);

  it("are PEFT's: A uniform in ±1/√in, B zero, under PEFT's names", () => {
    const [a, b] = parameters;
    expect(a!.name).toBe("base_model.model.gpt_neox.layers.0.attention.query_key_value.lora_A.weight");
    expect(b!.name).toBe("base_model.model.gpt_neox.layers.0.attention.query_key_value.lora_B.weight");
    expect([a!.shape, b!.shape]).toEqual([
      [8, 64],
      [192, 8],
    ]);
    expect(Math.max(...a!.data)).toBeLessThanOrEqual(1 / 8);
    expect(deviation(a!.data)).toBeCloseTo(1 / 8 / Math.sqrt(3), 2);
    expect(b!.data.every((value) => value === 0)).toBe(true);
    expect(parameters).toHaveLength(4);
  });

  it("matches targets as PEFT does, by whole names", () => {
    const dense = loraLayers(modelOf(config), { ...lora, targets: ["dense"] });
    expect(dense.map(({ module }) => module)).toEqual([
      "gpt_neox.layers.0.attention.dense",
      "gpt_neox.layers.1.attention.dense",
    ]);
  });
});
