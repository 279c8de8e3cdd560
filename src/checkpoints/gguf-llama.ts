import type { TensorData } from "./checkpoint.ts";
import { type GgufFamily, headWidth } from "./gguf-family.ts";
import type { GgufMetadata } from "./gguf-metadata.ts";
import { ropeScaling } from "./gguf-rope.ts";

/** GGUF's `llama`: Hugging Face's LlamaForCausalLM. */
export const ggufLlama: GgufFamily = {
  outer: { token_embd: "model.embed_tokens", output_norm: "model.norm", output: "lm_head" },
  layers: "model.layers",
  layer: {
    attn_norm: "input_layernorm",
    attn_q: "self_attn.q_proj",
    attn_k: "self_attn.k_proj",
    attn_v: "self_attn.v_proj",
    attn_output: "self_attn.o_proj",
    ffn_norm: "post_attention_layernorm",
    ffn_gate: "mlp.gate_proj",
    ffn_up: "mlp.up_proj",
    ffn_down: "mlp.down_proj",
  },
  positions: ["rope_freqs.weight"],

  config(metadata, tensors) {
    if (metadata.number("llama.expert_count", 0) > 0)
      metadata.fail('metadata "llama.expert_count": mixtures of experts are not supported');
    const width = metadata.integer("llama.embedding_length");
    const heads = metadata.integer("llama.attention.head_count");
    const headDim = metadata.has("llama.attention.key_length")
      ? headWidth(metadata, metadata.integer("llama.attention.key_length"), 1)
      : headWidth(metadata, width, heads);
    const turned = metadata.integer("llama.rope.dimension_count", headDim);
    if (turned !== headDim)
      metadata.fail(
        `metadata "llama.rope.dimension_count" is ${turned}; expected all ${headDim} numbers of a head to turn`,
      );
    const base = metadata.decimal("llama.rope.freq_base", 10_000);
    const scaling = ropeScaling(metadata, "llama", { headDim, base }, tensors.get("rope_freqs.weight"));
    return {
      architectures: ["LlamaForCausalLM"],
      model_type: "llama",
      hidden_act: "silu",
      hidden_size: width,
      intermediate_size: metadata.integer("llama.feed_forward_length"),
      num_hidden_layers: metadata.integer("llama.block_count"),
      num_attention_heads: heads,
      num_key_value_heads: metadata.integer("llama.attention.head_count_kv", heads),
      head_dim: headDim,
      max_position_embeddings: metadata.integer("llama.context_length"),
      rms_norm_eps: metadata.decimal("llama.attention.layer_norm_rms_epsilon"),
      rope_theta: base,
      ...(scaling ? { rope_scaling: scaling } : {}),
      attention_bias: biased(metadata, tensors, ["attn_q", "attn_k", "attn_v", "attn_output"]),
      mlp_bias: biased(metadata, tensors, ["ffn_gate", "ffn_up", "ffn_down"]),
    };
  },

  /**
   * llama.cpp turns neighbouring pairs of a head, transformers its two halves: the conversion made rows
   * [half, pair] into [pair, half], in the query and key projections (of fewer key heads, with grouped queries).
   */
  order(name, config) {
    if (name !== "attn_q" && name !== "attn_k") return undefined;
    const heads = (name === "attn_q" ? config.num_attention_heads : config.num_key_value_heads) as number;
    const headDim = config.head_dim as number;
    return {
      rows: heads * headDim,
      from(row) {
        const within = row % headDim;
        const half = within >= headDim / 2 ? 1 : 0;
        const pair = within - (half * headDim) / 2;
        return row - within + 2 * pair + half;
      },
    };
  },
};

/** Whether these layers have biases: all of them or none, which is what a Llama config can say. */
function biased(
  metadata: GgufMetadata,
  tensors: ReadonlyMap<string, TensorData>,
  names: readonly string[],
): boolean {
  const with_ = names.filter((name) => tensors.has(`blk.0.${name}.bias`));
  if (with_.length > 0 && with_.length < names.length)
    metadata.fail(
      `has biases on ${with_.join(", ")} alone; a Llama has them on all of ${names.join(", ")}, or on none`,
    );
  return with_.length > 0;
}
