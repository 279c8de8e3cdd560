/**
 * Llama (Touvron et al. 2023; Llama 2 and 3, SmolLM2, TinyLlama), as Hugging Face's LlamaForCausalLM: keys of its
 * `config.json`, names of its tensors. Read it top to bottom: configuration, weights, forward pass.
 */
import { add, multiply, rmsNorm, silu, type Tensor } from "../tensor/index.ts";
import { MOST, readConfig } from "./config.ts";
import { type LanguageModel, ModelError, type Weights } from "./model.ts";
import { readRotary } from "./rotary.ts";

export function llama(config: Readonly<Record<string, unknown>>): LanguageModel {
  const read = readConfig(config);
  const width = read.integer("hidden_size", undefined, MOST.width);
  const layers = read.integer("num_hidden_layers", undefined, MOST.layers);
  const heads = read.integer("num_attention_heads");
  const keyHeads = read.integer("num_key_value_heads", heads);
  if (config.head_dim == null && width % heads !== 0) {
    throw new ModelError(
      `config.json: hidden_size ${width} is not a multiple of num_attention_heads ${heads}`,
    );
  }
  const headDim = read.integer("head_dim", width / heads, MOST.headDim);
  const inner = read.integer("intermediate_size");
  const vocabulary = read.integer("vocab_size");
  const maxLength = read.integer("max_position_embeddings", 2048);
  const epsilon = read.number("rms_norm_eps", 1e-6);
  const attentionBias = read.boolean("attention_bias", false);
  const mlpBias = read.boolean("mlp_bias", false);
  const tied = read.boolean("tie_word_embeddings", false);
  const rope = readRotary(config, { fraction: 1, base: 10_000 });
  read.choice("hidden_act", ["silu"], "silu");
  if (heads % keyHeads !== 0) {
    throw new ModelError(
      `config.json: num_attention_heads ${heads} is not a multiple of num_key_value_heads ${keyHeads}`,
    );
  }
  if (headDim % 2 !== 0) {
    throw new ModelError(
      `config.json: heads of ${headDim} numbers do not turn in pairs; expected an even size`,
    );
  }
  if (rope.fraction !== 1) {
    throw new ModelError(
      `config.json: partial_rotary_factor is ${rope.fraction}; Llama's heads turn as a whole, expected 1`,
    );
  }

  const embedding = "model.embed_tokens.weight";
  const head = tied ? embedding : "lm_head.weight";
  const shapes = new Map<string, readonly number[]>();
  const linearLayers: string[] = [];
  const norm = (name: string) => shapes.set(`${name}.weight`, [width]);
  const linear = (name: string, to: number, from: number, bias: boolean) => {
    linearLayers.push(name);
    shapes.set(`${name}.weight`, [to, from]);
    if (bias) shapes.set(`${name}.bias`, [to]);
  };
  shapes.set(embedding, [vocabulary, width]);
  for (let i = 0; i < layers; i++) {
    const layer = `model.layers.${i}`;
    norm(`${layer}.input_layernorm`);
    linear(`${layer}.self_attn.q_proj`, heads * headDim, width, attentionBias);
    linear(`${layer}.self_attn.k_proj`, keyHeads * headDim, width, attentionBias);
    linear(`${layer}.self_attn.v_proj`, keyHeads * headDim, width, attentionBias);
    linear(`${layer}.self_attn.o_proj`, width, heads * headDim, attentionBias);
    norm(`${layer}.post_attention_layernorm`);
    linear(`${layer}.mlp.gate_proj`, inner, width, mlpBias);
    linear(`${layer}.mlp.up_proj`, inner, width, mlpBias);
    linear(`${layer}.mlp.down_proj`, width, inner, mlpBias);
  }
  norm("model.norm");
  shapes.set(head, [vocabulary, width]);

  const normed = (x: Tensor, name: string, weights: Weights) =>
    rmsNorm(x, weights.tensor(`${name}.weight`), epsilon);

  return {
    vocabulary,
    width,
    maxLength,
    frequencies: rope.frequencies(headDim),
    shapes,
    linearLayers,
    defaultTargets: ["q_proj", "v_proj"],
    embedding,
    head,
    layers,
    heads,
    layerName: (i) => `model.layers.${i}`,
    layer(x, attention, weights, pick = (x) => x) {
      const attend = (x: Tensor) => {
        const query = weights.linear(x, "self_attn.q_proj"); // [tokens, heads · headDim]
        const key = weights.linear(x, "self_attn.k_proj"); // [tokens, keyHeads · headDim]
        const value = weights.linear(x, "self_attn.v_proj"); // [tokens, keyHeads · headDim]
        return weights.linear(
          pick(attention.grouped(query, key, value, { heads, keyHeads, headDim })),
          "self_attn.o_proj",
        );
      };
      // SwiGLU (Shazeer 2020)
      const think = (x: Tensor) => {
        const gate = silu(weights.linear(x, "mlp.gate_proj")); // [tokens, inner]
        const up = multiply(gate, weights.linear(x, "mlp.up_proj")); // [tokens, inner]
        return weights.linear(up, "mlp.down_proj");
      };
      const attended = add(pick(x), attend(normed(x, "input_layernorm", weights)));
      return add(attended, think(normed(attended, "post_attention_layernorm", weights)));
    },
    finish: (x, weights) => normed(x, "model.norm", weights),
  };
}
