/**
 * How byte-level vocabularies cut a text before merging, by the name that llama.cpp gives it in `tokenizer.ggml.pre`.
 * The patterns are those of the models' own tokenizer.json files; llama.cpp's src/llama-vocab.cpp lists them by name.
 */
export interface PreTokenizer {
  /** Patterns, one after the other: each match stands alone, and so does what lies between two. */
  readonly patterns: readonly string[];
  /** The model's own tokenizer composes characters first (Unicode NFC); GGUF files don't say so. */
  readonly composed?: boolean;
  /** A word that is a token is taken whole, whatever the merges say. */
  readonly wholeWords?: boolean;
  /** Whether a BOS token comes first where the file doesn't say. */
  readonly bos?: boolean;
}

/** GPT-2 (Radford et al. 2019). */
const gpt2 = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;
const digit = String.raw`\p{N}`;
const rest = String.raw` ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
const word = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+`;
const upper = String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`;
const lower = String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`;

const plain: PreTokenizer = { patterns: [gpt2] };
const digits: PreTokenizer = { patterns: [digit, gpt2] };
const llama3: PreTokenizer = {
  patterns: [String.raw`${word}|\p{N}{1,3}|${rest}`],
  wholeWords: true,
  bos: true,
};

export const preTokenizers: Readonly<Record<string, PreTokenizer>> = {
  "gpt-2": plain,
  "phi-2": plain,
  default: plain,
  olmo: { ...plain, composed: true },
  mpt: { ...plain, composed: true },
  smollm: digits,
  starcoder: digits,
  refact: digits,
  codeshell: digits,
  "llama-bpe": llama3,
  llama3,
  "llama-v3": llama3,
  qwen2: { patterns: [`${word}|${digit}|${rest}`], composed: true },
  tekken: {
    patterns: [
      String.raw`[^\r\n\p{L}\p{N}]?${upper}*${lower}+|[^\r\n\p{L}\p{N}]?${upper}+${lower}*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
    ],
    wholeWords: true,
    bos: true,
  },
};
