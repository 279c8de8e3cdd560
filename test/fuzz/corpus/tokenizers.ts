import { readFileSync } from "node:fs";
import { join } from "node:path";
import { byteCharacters } from "../../../src/text/bytes.ts";
import {
  countWords,
  ggufTokenizer,
  trainBytePairs,
  writeTokenizer,
  writeTokenizerFiles,
} from "../../../src/text/index.ts";
import type { Example } from "../damage.ts";
import { written } from "./tree.ts";

const end = "<|endoftext|>";
const special = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
const words = ["[UNK]", "[CLS]", "[SEP]", "the", "cat", "##s", "sat", ",", ".", end];
const pieces = ["<unk>", "<s>", end, "▁", "▁the", "▁cat", "s", "▁s", "at", "a", "t"];

/** The parts of tokenizers in the wild: BERT's, SentencePiece's as Unigram and BPE, GPT-2's, Llama 3's and Qwen's. */
const definitions: readonly object[] = [
  {
    version: "1.0",
    added_tokens: [{ id: 9, content: end, ...special }],
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single: [{ SpecialToken: { id: "[CLS]", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
      pair: [{ Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "B", type_id: 1 } }],
      special_tokens: { "[CLS]": { id: "[CLS]", ids: [1], tokens: ["[CLS]"] } },
    },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(words.map((word, id) => [word, id])),
    },
  },
  {
    version: "1.0",
    added_tokens: [{ id: 2, content: end, ...special, rstrip: true }],
    normalizer: {
      type: "Sequence",
      normalizers: [
        { type: "Precompiled", precompiled_charsmap: "ALQCAACEAAA=" },
        { type: "Replace", pattern: { Regex: " {2,}" }, content: " " },
        { type: "Strip", strip_left: false, strip_right: true },
      ],
    },
    pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true },
    post_processor: null,
    decoder: { type: "Metaspace", replacement: "▁", prepend_scheme: "always" },
    model: { type: "Unigram", unk_id: 0, vocab: pieces.map((piece, i) => [piece, -i]), byte_fallback: false },
  },
  {
    version: "1.0",
    added_tokens: [{ id: 2, content: end, ...special }],
    normalizer: {
      type: "Sequence",
      normalizers: [
        { type: "Prepend", prepend: "▁" },
        { type: "Replace", pattern: { String: " " }, content: "▁" },
      ],
    },
    pre_tokenizer: null,
    post_processor: {
      type: "Sequence",
      processors: [{ type: "RobertaProcessing", sep: [end, 2], cls: ["<s>", 1] }],
    },
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: "▁" }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
        { type: "Strip", content: " ", start: 1, stop: 0 },
      ],
    },
    model: {
      type: "BPE",
      unk_token: "<unk>",
      fuse_unk: true,
      byte_fallback: true,
      vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
      merges: [
        ["▁", "s"],
        ["a", "t"],
      ],
    },
  },
  {
    version: "1.0",
    added_tokens: [{ id: 256, content: end, ...special }],
    normalizer: { type: "NFC" },
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Digits", individual_digits: true },
        { type: "Punctuation", behavior: "Isolated" },
        {
          type: "Split",
          pattern: { Regex: "\\s+(?!\\S)|\\p{L}+|[^\\s\\p{L}]+" },
          behavior: "Isolated",
          invert: false,
        },
        { type: "FixedLength", length: 5 },
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    post_processor: { type: "ByteLevel", trim_offsets: false },
    decoder: { type: "ByteLevel" },
    model: {
      type: "BPE",
      ignore_merges: true,
      vocab: Object.fromEntries(byteCharacters.map((character, id) => [character, id])),
      merges: [],
    },
  },
];

const damaged = [
  "tokenizer.json",
  "tokenizer.json",
  "tokenizer.json",
  "tokenizer.json",
  "tokenizer_config.json",
];

/** Tokenizers of several kinds, as their directories have them. */
export async function tokenizerExamples(): Promise<Example[]> {
  const settings = {
    tokenizer_class: "PreTrainedTokenizerFast",
    eos_token: end,
    clean_up_tokenization_spaces: false,
  };
  const pairs = trainBytePairs(countWords("the cat sat on the mat, the cat sat"), {
    vocabulary: 264,
    specials: [end],
  });
  const tokens = [end, ...byteCharacters, "ab"];
  const gguf = ggufTokenizer(
    new Map<string, unknown>([
      ["tokenizer.ggml.model", "gpt2"],
      ["tokenizer.ggml.pre", "llama-bpe"],
      ["tokenizer.ggml.tokens", tokens],
      ["tokenizer.ggml.merges", ["a b"]],
      ["tokenizer.ggml.bos_token_id", 0],
      ["tokenizer.ggml.eos_token_id", 0],
    ]),
    "corpus",
  );
  const all = await Promise.all([
    written((directory) => writeTokenizer(directory, pairs, { eosText: end, maxLength: 64 })),
    written((directory) => writeTokenizerFiles(directory, gguf)),
    ...definitions.map((definition) =>
      written((directory) =>
        writeTokenizerFiles(directory, { definition: definition as Record<string, unknown>, settings }),
      ),
    ),
  ]);
  return all.map((files) => ({
    files,
    damaged: files.has("special_tokens_map.json") ? [...damaged, "special_tokens_map.json"] : damaged,
  }));
}

/** Chat templates in the manner of released models, each beside a tokenizer. */
export async function templateExamples(): Promise<Example[]> {
  const file = join("test", "data", "fixtures", "chat-templates.json");
  const { templates } = JSON.parse(readFileSync(file, "utf8")) as { templates: Record<string, string> };
  const [{ files }] = (await tokenizerExamples()) as [Example, ...Example[]];
  return Object.values(templates).map((template) => ({
    files: new Map([...files, ["chat_template.jinja", Buffer.from(template)]]),
    damaged: ["chat_template.jinja"],
  }));
}
