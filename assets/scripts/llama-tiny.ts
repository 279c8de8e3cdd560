/**
 * The embedded model in Llama's architecture (Touvron et al. 2023), with grouped queries as in Llama 3: `pythia-tiny`'s twin,
 * of the same width, depth, tokenizer and data. SwiGLU's three matrices are as many numbers as the two of its twin.
 */
import { contextLength, embeddedFolders, vocabulary } from "./pythia-tiny.ts";

export const { modelDirectory, workFolder } = embeddedFolders("llama-tiny");

/** As `config.json` of a Hugging Face directory has it. */
export const config = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  vocab_size: vocabulary,
  hidden_size: 192,
  num_hidden_layers: 4,
  num_attention_heads: 6,
  num_key_value_heads: 2,
  intermediate_size: 512,
  hidden_act: "silu",
  rope_theta: 10000,
  attention_bias: false,
  mlp_bias: false,
  tie_word_embeddings: false,
  rms_norm_eps: 1e-5,
  initializer_range: 0.02,
  max_position_embeddings: contextLength,
  attention_dropout: 0,
  bos_token_id: 0,
  eos_token_id: 0,
  use_cache: true,
} as const;
