import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BytePairs } from "./bpe.ts";
import { TextError } from "./error.ts";

/**
 * Writes a byte-level BPE as Hugging Face has it: `tokenizer.json`, `tokenizer_config.json` and
 * `special_tokens_map.json`. It adds no BOS token.
 */
export async function writeTokenizer(
  directory: string,
  pairs: BytePairs,
  options: { eosText: string; maxLength: number },
): Promise<void> {
  if (!pairs.specials.includes(options.eosText))
    throw new TextError(
      `end token ${JSON.stringify(options.eosText)} is not one of the special tokens ${JSON.stringify(pairs.specials)}`,
    );
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
  const definition = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: pairs.specials.map((content) => ({
      id: pairs.tokens.indexOf(content),
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: byteLevel,
    decoder: byteLevel,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      vocab: Object.fromEntries(pairs.tokens.map((token, id) => [token, id])),
      merges: pairs.merges.map(([left, right]) => `${left} ${right}`),
    },
  };
  const settings = {
    tokenizer_class: "PreTrainedTokenizerFast",
    eos_token: options.eosText,
    bos_token: options.eosText,
    unk_token: options.eosText,
    add_bos_token: false,
    clean_up_tokenization_spaces: false,
    model_max_length: options.maxLength,
  };
  const specials = { bos_token: options.eosText, eos_token: options.eosText, unk_token: options.eosText };
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "tokenizer.json"), `${JSON.stringify(definition)}\n`);
  await writeFile(join(directory, "tokenizer_config.json"), `${JSON.stringify(settings, null, 2)}\n`);
  await writeFile(join(directory, "special_tokens_map.json"), `${JSON.stringify(specials, null, 2)}\n`);
}
