import { TextError } from "./error.ts";
import { preTokenizers } from "./pre-tokenizers.ts";
import type { TokenizerFiles } from "./tokenizer-files.ts";

/** What a GGUF file's metadata says of its tokenizer; texts, numbers and lists under their keys. */
type Metadata = ReadonlyMap<string, unknown>;

/** Kinds of tokens (`llama_token_type`). */
const control = 3;
const userDefined = 4;

/**
 * The tokenizer of a GGUF file as Hugging Face has it: `tokenizer.json` and `tokenizer_config.json`. Byte-level BPE
 * (`tokenizer.ggml.model` "gpt2") only: a GGUF file does not have all that a SentencePiece tokenizer's file has.
 *
 * @throws TextError naming the file and the key
 */
export function ggufTokenizer(metadata: Metadata, file: string): TokenizerFiles {
  const fail = (why: string): never => {
    throw new TextError(`${file}: ${why}`);
  };
  const model = metadata.get("tokenizer.ggml.model");
  if (model !== "gpt2")
    fail(
      model === undefined
        ? 'has no tokenizer (metadata "tokenizer.ggml.model" is missing); give the Hugging Face directory of the model'
        : `its tokenizer is of kind ${JSON.stringify(model)} (metadata "tokenizer.ggml.model"); byte-level BPE ("gpt2") is read: give the Hugging Face directory of the model, with its tokenizer.json`,
    );
  const texts = (key: string): readonly string[] => {
    const found = metadata.get(key);
    return Array.isArray(found) && found.every((each) => typeof each === "string")
      ? found
      : fail(`metadata "${key}" is ${found === undefined ? "missing" : "no list of texts"}`);
  };
  const tokens = texts("tokenizer.ggml.tokens");
  const merges = texts("tokenizer.ggml.merges");
  const types = (metadata.get("tokenizer.ggml.token_type") ?? []) as ArrayLike<unknown>;
  if (typeof types !== "object" || (types.length !== 0 && types.length !== tokens.length))
    fail(
      `metadata "tokenizer.ggml.token_type" has ${types.length} elements; there are ${tokens.length} tokens`,
    );

  const vocab = new Map<string, number>();
  for (const [id, text] of tokens.entries()) {
    const other = vocab.get(text);
    if (other !== undefined)
      fail(`tokens ${other} and ${id} are both ${JSON.stringify(text)} (metadata "tokenizer.ggml.tokens")`);
    vocab.set(text, id);
  }
  for (const [i, merge] of merges.entries()) {
    const parts = merge.split(" ");
    if (parts.length !== 2 || !vocab.has(parts[0]!) || !vocab.has(parts[1]!) || !vocab.has(parts.join("")))
      fail(
        `merge ${i} is ${JSON.stringify(merge)} (metadata "tokenizer.ggml.merges"); expected two tokens that make a third, with a space between`,
      );
  }

  const pre = preTokenizer(metadata, fail);
  const token = (name: string): { id: number; text: string } | undefined => {
    const key = `tokenizer.ggml.${name}_token_id`;
    const id = metadata.get(key);
    if (id === undefined) return undefined;
    const text = typeof id === "number" ? tokens[id] : undefined;
    return text === undefined
      ? fail(`metadata "${key}" is ${String(id)}; there are ${tokens.length} tokens`)
      : { id: id as number, text };
  };
  const bos = token("bos");
  const eos = token("eos") ?? fail('names no end token (metadata "tokenizer.ggml.eos_token_id" is missing)');
  const addBos = metadata.get("tokenizer.ggml.add_bos_token") ?? pre.bos ?? false;
  const addEos = metadata.get("tokenizer.ggml.add_eos_token") ?? false;
  const first = addBos === true ? bos : undefined;
  const last = addEos === true ? eos : undefined;
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false };
  const definition = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: tokens.flatMap((content, id) =>
      types[id] === control || types[id] === userDefined
        ? [{ id, content, special: types[id] === control, ...asItIs }]
        : [],
    ),
    normalizer: pre.composed ? { type: "NFC" } : null,
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        ...pre.patterns.map((Regex) => ({
          type: "Split",
          pattern: { Regex },
          behavior: "Isolated",
          invert: false,
        })),
        byteLevel,
      ],
    },
    post_processor: first || last ? addedAround(first, last) : byteLevel,
    decoder: byteLevel,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: pre.wholeWords ?? false,
      vocab: Object.fromEntries(vocab),
      merges,
    },
  };
  const chat = metadata.get("tokenizer.chat_template");
  const length = metadata.get(`${String(metadata.get("general.architecture"))}.context_length`);
  const settings: Record<string, unknown> = {
    tokenizer_class: "PreTrainedTokenizerFast",
    add_bos_token: first !== undefined,
    clean_up_tokenization_spaces: false,
    ...(typeof length === "number" ? { model_max_length: length } : {}),
    ...(typeof chat === "string" ? { chat_template: chat } : {}),
  };
  for (const [key, name] of [
    ["bos_token", "bos"],
    ["eos_token", "eos"],
    ["unk_token", "unknown"],
    ["pad_token", "padding"],
  ] as const) {
    const named = token(name);
    if (named) settings[key] = named.text;
  }
  return { definition, settings };
}

/** Added tokens are found in the text as they are written. */
const asItIs = { single_word: false, lstrip: false, rstrip: false, normalized: false };

function preTokenizer(metadata: Metadata, fail: (why: string) => never) {
  const name = metadata.get("tokenizer.ggml.pre");
  // Files from before the key: GPT-NeoX has but one tokenizer, others can't be told apart.
  if (metadata.get("general.architecture") === "gptneox" && (name === undefined || name === "default"))
    return preTokenizers.olmo!;
  if (typeof name === "string" && Object.hasOwn(preTokenizers, name)) return preTokenizers[name]!;
  return fail(
    name === undefined
      ? 'does not say how text is cut into words (metadata "tokenizer.ggml.pre" is missing); convert the model anew with a current llama.cpp, or give its Hugging Face directory'
      : `cuts text into words as ${JSON.stringify(name)} (metadata "tokenizer.ggml.pre"); known are ${Object.keys(preTokenizers).join(", ")}: give the Hugging Face directory of the model`,
  );
}

type Added = { id: number; text: string };

/** Adds a token before every text, or after it, or both. */
function addedAround(first: Added | undefined, last: Added | undefined) {
  const special = (token: Added | undefined, type_id: number) =>
    token ? [{ SpecialToken: { id: token.text, type_id } }] : [];
  const sequence = (id: "A" | "B", type_id: number) => [
    ...special(first, type_id),
    { Sequence: { id, type_id } },
    ...special(last, type_id),
  ];
  return {
    type: "TemplateProcessing",
    single: sequence("A", 0),
    pair: [...sequence("A", 0), ...sequence("B", 1)],
    special_tokens: Object.fromEntries(
      [first, last].flatMap((token) =>
        token ? [[token.text, { id: token.text, ids: [token.id], tokens: [token.text] }]] : [],
      ),
    ),
  };
}
