import { type GgufFamily, headWidth } from "./gguf-family.ts";

/** GGUF's `gptneox`: Hugging Face's GPTNeoXForCausalLM. */
export const ggufNeox: GgufFamily = {
  outer: {
    token_embd: "gpt_neox.embed_in",
    output_norm: "gpt_neox.final_layer_norm",
    output: "embed_out",
  },
  layers: "gpt_neox.layers",
  layer: {
    attn_norm: "input_layernorm",
    attn_qkv: "attention.query_key_value",
    attn_output: "attention.dense",
    ffn_norm: "post_attention_layernorm",
    ffn_up: "mlp.dense_h_to_4h",
    ffn_down: "mlp.dense_4h_to_h",
  },
  positions: [],

  config(metadata, tensors) {
    const width = metadata.integer("gptneox.embedding_length");
    const heads = metadata.integer("gptneox.attention.head_count");
    const headDim = headWidth(metadata, width, heads);
    return {
      architectures: ["GPTNeoXForCausalLM"],
      model_type: "gpt_neox",
      hidden_act: "gelu",
      hidden_size: width,
      intermediate_size: metadata.integer("gptneox.feed_forward_length"),
      num_hidden_layers: metadata.integer("gptneox.block_count"),
      num_attention_heads: heads,
      max_position_embeddings: metadata.integer("gptneox.context_length"),
      layer_norm_eps: metadata.decimal("gptneox.attention.layer_norm_epsilon"),
      rotary_pct: metadata.integer("gptneox.rope.dimension_count", headDim) / headDim,
      rotary_emb_base: metadata.decimal("gptneox.rope.freq_base", 10_000),
      use_parallel_residual: metadata.boolean("gptneox.use_parallel_residual", true),
      attention_bias: tensors.has("blk.0.attn_qkv.bias"),
    };
  },

  /** The conversion made rows [head, one of query, key and value, headDim] into [one of three, head, headDim]. */
  order(name, config) {
    if (name !== "attn_qkv") return undefined;
    const heads = config.num_attention_heads as number;
    const headDim = (config.hidden_size as number) / heads;
    return {
      rows: 3 * heads * headDim,
      from(row) {
        const head = Math.floor(row / (3 * headDim));
        const which = Math.floor(row / headDim) % 3;
        return (which * heads + head) * headDim + (row % headDim);
      },
    };
  },
};
