import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { TextError } from "./error.ts";
import type { Tokenizer } from "./tokenizer.ts";

type Json = Record<string, unknown>;

/**
 * The tokenizer of a Hugging Face directory: `tokenizer.json`, and the end token from `tokenizer_config.json`,
 * `special_tokens_map.json` or `config.json`, in that order.
 *
 * @throws TextError where a file is missing or broken, or no end token is named
 */
export async function loadTokenizer(directory: string): Promise<Tokenizer> {
  const file = join(directory, "tokenizer.json");
  const definition = await readJson(file);
  if (!definition)
    throw new TextError(
      `${file}: not found; a model directory needs its tokenizer.json (older models: save it once with transformers' AutoTokenizer.save_pretrained)`,
    );
  const settings = (await readJson(join(directory, "tokenizer_config.json"))) ?? {};
  const specials = (await readJson(join(directory, "special_tokens_map.json"))) ?? {};
  const config = (await readJson(join(directory, "config.json"))) ?? {};

  let inner: HuggingFaceTokenizer;
  try {
    inner = new HuggingFaceTokenizer(definition, settings);
  } catch (error) {
    throw new TextError(`${file}: ${(error as Error).message}; expected a Hugging Face tokenizer.json`);
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
        ? `${directory}: no end token; name "eos_token" in tokenizer_config.json or "eos_token_id" in config.json`
        : `${directory}: the end token ${JSON.stringify(eosText)} is not in the vocabulary of tokenizer.json`,
    );

  let vocabulary = 0;
  for (const id of inner.get_vocab(true).values()) vocabulary = Math.max(vocabulary, id + 1);

  return {
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

/** The BOS token where the tokenizer's own post-processing puts it first (Llama does, GPT-NeoX does not). */
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

async function readJson(file: string): Promise<Json | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new TextError(`${file}: ${(error as Error).message}`);
  }
  try {
    const value = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch (error) {
    throw new TextError(`${file}: not valid JSON (${(error as Error).message})`);
  }
  throw new TextError(`${file}: expected a JSON object`);
}
