import { describe, expect, it } from "vitest";
import { loraScale, modelOf, type Targets, targetedLayers } from "../../src/models/index.ts";

const small = {
  hidden_size: 16,
  num_hidden_layers: 12,
  num_attention_heads: 2,
  intermediate_size: 32,
  vocab_size: 50,
};
const llama = modelOf({ model_type: "llama", ...small });
const neox = modelOf({ model_type: "gpt_neox", ...small });
const found = (targets: Targets, model = llama) => targetedLayers(model, targets);

describe("an adapter's targets", () => {
  it("are whole names or their ends after a dot, as in PEFT", () => {
    expect(found(["v_proj"])).toHaveLength(12);
    expect(found(["model.layers.1.self_attn.v_proj"])).toEqual(["model.layers.1.self_attn.v_proj"]);
    expect(found(["1.mlp.up_proj"])).toEqual(["model.layers.1.mlp.up_proj"]);
    expect(() => found(["lm_head"])).toThrow('"lm_head" is the output head, which takes no adapter');
    expect(() => found(["proj"])).toThrow('"proj" names no linear layer of the model; it has q_proj, k_proj');
  });

  it("may have * for anything", () => {
    expect(found(["layers.1.*"])).toHaveLength(7);
    expect(found(["mlp.*", "o_proj"])).toHaveLength(4 * 12);
    expect(found(["layers.*.self_attn.*_proj"])).toHaveLength(4 * 12);
    expect(() => found(["layers.12.*"])).toThrow('"layers.12.*" names no linear layer');
  });

  it("as one string are all-linear, or an expression that matches whole names", () => {
    expect(found("all-linear")).toEqual(llama.linearLayers);
    expect(found(["all-linear"])).toEqual(llama.linearLayers);
    expect(found("all-linear", neox)).toEqual(neox.linearLayers);
    expect(found(String.raw`.*layers\.(0|11)\.self_attn\.[qk]_proj`)).toHaveLength(4);
    expect(() => found("q_proj")).toThrow(/"q_proj" matches no linear layer; it must match a whole name/);
    expect(() => found("(q_proj")).toThrow(/"\(q_proj" is no regular expression/);
  });

  it("are PEFT's for the architecture where none are given", () => {
    expect(found(null)).toEqual(found(["q_proj", "v_proj"]));
    expect(found(null, neox)).toEqual(found(["query_key_value"], neox));
    expect(() => found([])).toThrow("lora.targets is empty");
  });

  it("come in the order of the forward pass, each once", () => {
    expect(found(["v_proj", "q_proj", "self_attn.v_proj"]).slice(0, 2)).toEqual([
      "model.layers.0.self_attn.q_proj",
      "model.layers.0.self_attn.v_proj",
    ]);
  });
});

it("rsLoRA divides by the root of the rank", () => {
  expect(loraScale({ rank: 16, alpha: 8 })).toBe(0.5);
  expect(loraScale({ rank: 16, alpha: 8, rslora: true })).toBe(2);
});
