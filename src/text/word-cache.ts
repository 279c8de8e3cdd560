import { preTokenizers } from "./pre-tokenizers.ts";

type Json = Record<string, unknown>;
type Encode = (text: string) => ArrayLike<number>;

/** Words kept; of English text, nearly all that come again. */
const capacity = 1 << 17;
/** Longer ones are not kept. */
const longestWord = 64;

/** Before a single space with a letter behind it and none before it. */
const cut = /(?<=\S)(?= \p{L})/u;

/**
 * Encodes word by word, keeping each word's tokens. It has the very tokens of the whole text where a tokenizer never joins a character
 * with the space after it: byte-level BPE whose words are cut by one of the known patterns. Others are left as they are.
 */
export function cachedByWord(encode: Encode, definition: Json): (text: string) => Int32Array {
  if (!cutsAtSpaces(definition)) return (text) => Int32Array.from(encode(text));
  const words = new Map<string, Int32Array>();
  return (text) => {
    const found: Int32Array[] = [];
    let length = 0;
    for (const word of text.split(cut)) {
      let ids = words.get(word);
      if (!ids) {
        ids = Int32Array.from(encode(word));
        if (word.length <= longestWord) {
          if (words.size >= capacity) words.clear();
          words.set(word, ids);
        }
      }
      found.push(ids);
      length += ids.length;
    }
    const all = new Int32Array(length);
    let at = 0;
    for (const ids of found) {
      all.set(ids, at);
      at += ids.length;
    }
    return all;
  };
}

const knownPatterns: ReadonlySet<string> = new Set(
  Object.values(preTokenizers).flatMap(({ patterns }) => patterns),
);

function cutsAtSpaces({ model, normalizer, pre_tokenizer, added_tokens }: Json): boolean {
  const { type, dropout } = (model ?? {}) as Json;
  if (type !== "BPE" || dropout) return false;
  // Composing (NFC) never reaches across a space that stands before a letter.
  if (normalizer && (normalizer as Json).type !== "NFC") return false;
  // Added tokens are looked for in the whole text: none may be cut, nor change what is beside it.
  for (const { content, lstrip, rstrip, single_word } of (added_tokens ?? []) as Json[])
    if (
      lstrip ||
      rstrip ||
      single_word ||
      cut.test(String(content)) ||
      / $/.test(String(content).trimStart())
    )
      return false;
  const before = pre_tokenizer as Json | null;
  const steps = (before?.type === "Sequence" ? (before.pretokenizers ?? []) : [before]) as (Json | null)[];
  const last = steps.at(-1);
  if (last?.type !== "ByteLevel" || last.add_prefix_space) return false;
  const splits = steps.slice(0, -1);
  // Its own pattern is GPT-2's.
  if (splits.length === 0) return last.use_regex !== false;
  return splits.every(
    (step) =>
      (step?.type === "Split" &&
        step.behavior === "Isolated" &&
        !step.invert &&
        knownPatterns.has(String((step.pattern as Json | undefined)?.Regex))) ||
      step?.type === "Digits",
  );
}
