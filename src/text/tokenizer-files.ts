import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import type { ChatTemplateSource } from "./chat-template.ts";
import { TextError } from "./error.ts";
import type { Tokenizer } from "./tokenizer.ts";

type Json = Record<string, unknown>;

/** What Hugging Face's files say of a tokenizer. */
export interface TokenizerFiles {
  /** `tokenizer.json` */
  readonly definition: Json;
  /** `tokenizer_config.json` */
  readonly settings: Json;
  /** `special_tokens_map.json` */
  readonly specials?: Json;
  /** The model's `config.json` */
  readonly config?: Json;
  /** `chat_template.jinja`, which wins over the settings' `chat_template`. */
  readonly chatTemplate?: string | undefined;
}

/**
 * The tokenizer of Hugging Face's files; the end token is named by the settings, the special tokens or the config, in
 * that order.
 *
 * @param where the directory or file they are from, for messages
 * @throws TextError where the definition is broken, or no end token is named
 */
export function makeTokenizer(files: TokenizerFiles, where: { file: string; directory: string }): Tokenizer {
  const { definition, settings, specials = {}, config = {} } = files;
  let inner: HuggingFaceTokenizer;
  try {
    inner = new HuggingFaceTokenizer(definition, settings);
  } catch (error) {
    throw new TextError(`${where.file}: ${(error as Error).message}; expected a Hugging Face tokenizer.json`);
  }

  const eosId = typeof config.eos_token_id === "number" ? config.eos_token_id : undefined;
  const eosText =
    tokenText(settings.eos_token) ??
    tokenText(specials.eos_token) ??
    (eosId === undefined ? undefined : inner.id_to_token(eosId));
  const eos = eosText === undefined ? undefined : inner.token_to_id(eosText);
  if (eosText === undefined || eos === undefined)
    throw new TextError(
      eosText === undefined
        ? `${where.directory}: no end token; name "eos_token" in tokenizer_config.json or "eos_token_id" in config.json`
        : `${where.directory}: the end token ${JSON.stringify(eosText)} is not in the vocabulary of tokenizer.json`,
    );

  let vocabulary = 0;
  for (const id of inner.get_vocab(true).values()) vocabulary = Math.max(vocabulary, id + 1);

  const chat = chatTemplateOf(files);
  return {
    ...(chat && { chat }),
    encode: (text) =>
      text === "" ? new Int32Array() : Int32Array.from(inner.encode(text, { add_special_tokens: false }).ids),
    decode: (ids) =>
      ids.length === 0 ? "" : inner.decode(Array.from(ids), { clean_up_tokenization_spaces: false }),
    vocabulary,
    bos: addedFirst(inner, [tokenText(settings.bos_token), tokenText(specials.bos_token)]),
    eos,
    eosText,
  };
}

/**
 * The chat template: a file of its own, or `chat_template` of the settings, which is a text or a list of named ones
 * (then the one called "default").
 */
function chatTemplateOf({
  settings,
  specials = {},
  chatTemplate,
}: TokenizerFiles): ChatTemplateSource | null {
  const given = chatTemplate ?? settings.chat_template;
  const named = Array.isArray(given)
    ? (given as readonly (Json | null)[]).find((one) => one?.name === "default")?.template
    : given;
  if (typeof named !== "string" || named.trim() === "") return null;
  const texts: Record<string, string> = {};
  for (const from of [specials, settings])
    for (const [key, value] of Object.entries(from)) {
      const text = key.endsWith("_token") ? tokenText(value) : undefined;
      if (text !== undefined) texts[key] = text;
    }
  return { template: named, specials: texts };
}

/** Writes `tokenizer.json` and `tokenizer_config.json`, each beside its place and then renamed. */
export async function writeTokenizerFiles(directory: string, files: TokenizerFiles): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [name, value] of [
    ["tokenizer.json", files.definition],
    ["tokenizer_config.json", files.settings],
  ] as const) {
    const file = join(directory, name);
    const beside = `${file}.${process.pid}.partial`;
    await writeFile(beside, `${JSON.stringify(value, null, 1)}\n`, { flush: true });
    await rename(beside, file);
  }
}

/** The BOS token where the tokenizer's own post-processing puts it first (Llama 3 does, GPT-NeoX does not). */
function addedFirst(inner: HuggingFaceTokenizer, names: readonly (string | undefined)[]): number | null {
  const plain = inner.encode("a", { add_special_tokens: false }).ids;
  const full = inner.encode("a", { add_special_tokens: true }).ids;
  const first = full[0];
  if (first === undefined || full.length === plain.length || first === plain[0]) return null;
  const named = names.find((name) => name !== undefined);
  return named === undefined || inner.token_to_id(named) === first ? first : null;
}

/** Token settings are a text, or an object with the text as `content`. */
function tokenText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  const content = (value as Json | null | undefined)?.content;
  return typeof content === "string" ? content : undefined;
}
