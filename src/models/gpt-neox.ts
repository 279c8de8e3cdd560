/**
 * GPT-NeoX (Black et al. 2022; the Pythia models), as Hugging Face's GPTNeoXForCausalLM: keys of its `config.json`,
 * names of its tensors. Read it top to bottom: configuration, weights, forward pass.
 */
import { add, fastGelu, gelu, layerNorm, type Tensor } from "../tensor/index.ts";
import { MOST, readConfig } from "./config.ts";
import { type LanguageModel, ModelError, type Weights } from "./model.ts";
import { readRotary } from "./rotary.ts";

const activations: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  gelu,
  gelu_new: fastGelu,
  gelu_fast: fastGelu,
  gelu_pytorch_tanh: fastGelu,
};

export function gptNeox(config: Readonly<Record<string, unknown>>): LanguageModel {
  const read = readConfig(config);
  const width = read.integer("hidden_size", undefined, MOST.width);
  const layers = read.integer("num_hidden_layers", undefined, MOST.layers);
  const heads = read.integer("num_attention_heads");
  const inner = read.integer("intermediate_size");
  const vocabulary = read.integer("vocab_size");
  const maxLength = read.integer("max_position_embeddings", 2048);
  const epsilon = read.number("layer_norm_eps", 1e-5);
  const parallel = read.boolean("use_parallel_residual", true);
  const biased = read.boolean("attention_bias", true);
  const tied = read.boolean("tie_word_embeddings", false);
  const activation = activations[read.choice("hidden_act", Object.keys(activations), "gelu")]!;
  const rope = readRotary(config, {
    fraction: read.number("rotary_pct", 0.25),
    base: read.number("rotary_emb_base", 10_000),
  });
  const headDim = width / heads;
  if (!Number.isInteger(headDim)) {
    throw new ModelError(
      `config.json: hidden_size ${width} is not a multiple of num_attention_heads ${heads}`,
    );
  }
  const turned = Math.floor(headDim * rope.fraction);
  if (turned < 2 || turned > headDim || turned % 2 !== 0) {
    throw new ModelError(
      `config.json: rotary_pct ${rope.fraction} of heads of ${headDim} turns ${turned} numbers; give an even number of them`,
    );
  }

  const embedding = "gpt_neox.embed_in.weight";
  const head = tied ? embedding : "embed_out.weight";
  const shapes = new Map<string, readonly number[]>();
  const linearLayers: string[] = [];
  const norm = (name: string) => {
    shapes.set(`${name}.weight`, [width]);
    shapes.set(`${name}.bias`, [width]);
  };
  const linear = (name: string, to: number, from: number, bias = true) => {
    linearLayers.push(name);
    shapes.set(`${name}.weight`, [to, from]);
    if (bias) shapes.set(`${name}.bias`, [to]);
  };
  shapes.set(embedding, [vocabulary, width]);
  for (let i = 0; i < layers; i++) {
    const layer = `gpt_neox.layers.${i}`;
    norm(`${layer}.input_layernorm`);
    norm(`${layer}.post_attention_layernorm`);
    linear(`${layer}.attention.query_key_value`, 3 * width, width, biased);
    linear(`${layer}.attention.dense`, width, width, biased);
    linear(`${layer}.mlp.dense_h_to_4h`, inner, width);
    linear(`${layer}.mlp.dense_4h_to_h`, width, inner);
  }
  norm("gpt_neox.final_layer_norm");
  shapes.set(head, [vocabulary, width]);

  const normed = (x: Tensor, name: string, weights: Weights) =>
    layerNorm(x, weights.tensor(`${name}.weight`), weights.tensor(`${name}.bias`), epsilon);

  return {
    vocabulary,
    width,
    maxLength,
    frequencies: rope.frequencies(turned),
    shapes,
    linearLayers,
    defaultTargets: ["query_key_value"],
    embedding,
    head,
    layers,
    heads,
    layerName: (i) => `gpt_neox.layers.${i}`,
    layer(x, attention, weights, pick = (x) => x) {
      const attend = (x: Tensor) => {
        const qkv = weights.linear(x, "attention.query_key_value"); // [tokens, heads · 3 · headDim]
        return weights.linear(pick(attention.joint(qkv, heads, headDim)), "attention.dense");
      };
      const think = (x: Tensor) => {
        const up = activation(weights.linear(x, "mlp.dense_h_to_4h")); // [tokens, inner]
        return weights.linear(up, "mlp.dense_4h_to_h");
      };
      const kept = pick(x);
      const attended = add(kept, attend(normed(x, "input_layernorm", weights)));
      const middle = parallel ? kept : attended;
      return add(attended, think(normed(middle, "post_attention_layernorm", weights)));
    },
    finish: (x, weights) => normed(x, "gpt_neox.final_layer_norm", weights),
  };
}
