/** The embedded model: Pythia's architecture (GPT-NeoX, Biderman et al. 2023) at a size that trains on a laptop. */
import { fileURLToPath } from "node:url";

// The scripts run from dist/assets/scripts.
const root = new URL("../../../", import.meta.url);

/** Where an embedded model is shipped, and where tokens and unfinished training are kept, which is not shipped. */
export function embeddedFolders(name: string) {
  return {
    modelDirectory: fileURLToPath(new URL(`assets/models/${name}`, root)),
    workFolder: fileURLToPath(new URL(`.cache/${name}`, root)),
  };
}

export const { modelDirectory, workFolder } = embeddedFolders("pythia-tiny");

export const endToken = "<|endoftext|>";
export const vocabulary = 4096;
export const contextLength = 512;

/** As `config.json` of a Hugging Face directory has it. */
export const config = {
  architectures: ["GPTNeoXForCausalLM"],
  model_type: "gpt_neox",
  vocab_size: vocabulary,
  hidden_size: 192,
  num_hidden_layers: 4,
  num_attention_heads: 6,
  intermediate_size: 768,
  hidden_act: "gelu",
  rotary_pct: 0.25,
  rotary_emb_base: 10000,
  use_parallel_residual: true,
  attention_bias: true,
  tie_word_embeddings: false,
  layer_norm_eps: 1e-5,
  initializer_range: 0.02,
  max_position_embeddings: contextLength,
  attention_dropout: 0,
  hidden_dropout: 0,
  bos_token_id: 0,
  eos_token_id: 0,
  use_cache: true,
} as const;
