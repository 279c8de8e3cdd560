import { z } from "zod";
import { shown } from "../shown.ts";
import { TextError } from "./error.ts";
import { preTokenizers } from "./pre-tokenizers.ts";

/**
 * Checks a `tokenizer.json` before the library that reads it (@huggingface/tokenizers, which trusts its input): what it
 * takes memory by, loops over and nests. What the library itself refuses is left to it.
 */

/** Above the largest vocabularies there are, with what is added to them; a list is made of this length. */
const mostTokens = 2 ** 22;
/** Characters of one added token, and of all of them: each may become an object. */
const longestAdded = 1000;
const mostAdded = 2_000_000;
/** Steps within steps, and steps in all. */
const deepest = 8;
const mostParts = 200;
/** How many times longer the steps may make a text, one after the other. */
const mostGrowth = 256;

const Text = z.string().max(longestAdded).nullish();
const Pattern = z.union([
  z.object({ Regex: z.string().max(20_000) }),
  z.object({ String: z.string().max(longestAdded) }),
]);
const Count = z.number().int().min(0).max(longestAdded).nullish();
const Special = z.tuple([z.string(), z.number()]);
const Template = z.array(
  z.union([
    z.object({ SpecialToken: z.object({ id: z.string() }) }),
    z.object({ Sequence: z.object({ id: z.enum(["A", "B"]) }) }),
  ]),
);
/** The options of all kinds of steps that are used while a text is encoded or decoded. */
const Part = z.object({
  type: z.string(),
  pattern: Pattern.optional(),
  content: Text,
  prepend: Text,
  replacement: Text,
  str_rep: Text,
  prefix: Text,
  suffix: Text,
  pad_token: Text,
  word_delimiter_token: Text,
  length: z.number().int().positive().optional(),
  start: Count,
  stop: Count,
  behavior: z.string().optional(),
  cls: Special.optional(),
  sep: Special.optional(),
  single: Template.optional(),
  pair: Template.optional(),
});
type Part = z.infer<typeof Part>;

/** Where a step has the steps that it is made of. */
const within: Readonly<Record<string, string>> = {
  normalizer: "normalizers",
  pre_tokenizer: "pretokenizers",
  post_processor: "processors",
  decoder: "decoders",
};

type Json = Readonly<Record<string, unknown>>;

export interface CheckedDefinition {
  /** Tokens, merges and added tokens together: what making the tokenizer takes time by. */
  readonly entries: number;
  /** Whether it has regular expressions that are none of the known models': they may backtrack for ever. */
  readonly foreignExpressions: boolean;
}

/** @throws TextError naming the file and the key, what was found and what was expected */
export function checkDefinition(definition: Json, file: string): CheckedDefinition {
  const fail = (key: string, found: unknown, expected: string): never => {
    throw new TextError(`${file}: ${key} is ${shown(found)}; expected ${expected}`);
  };
  let foreignExpressions = false;
  let parts = 0;
  for (const [root, inside] of Object.entries(within)) {
    let growth = 1;
    const check = (value: unknown, key: string, depth: number): void => {
      if (value === null || value === undefined) return;
      if (depth > deepest) fail(key, value, `at most ${deepest} steps within one another`);
      if (++parts > mostParts) fail(key, value, `at most ${mostParts} steps`);
      const parsed = Part.safeParse(value, { reportInput: true });
      if (!parsed.success) {
        const { path, message, input } = parsed.error.issues[0]!;
        fail([key, ...path].join("."), input, message.replace(/^Invalid input: expected /, ""));
        return;
      }
      growth *= growthOf(parsed.data);
      if (!(growth <= mostGrowth))
        fail(key, value, `steps that make a text ${mostGrowth} times longer at most`);
      const pattern = parsed.data.pattern;
      if (pattern && "Regex" in pattern && !known.has(pattern.Regex)) foreignExpressions = true;
      const inner = (value as Json)[inside];
      if (inner === undefined || inner === null) return;
      if (!Array.isArray(inner)) fail(`${key}.${inside}`, inner, "a list of steps");
      for (const [i, each] of (inner as unknown[]).entries()) check(each, `${key}.${inside}.${i}`, depth + 1);
    };
    check(definition[root], root, 1);
  }
  const entries = checkModel(definition.model, fail) + checkAdded(definition.added_tokens, fail);
  return { entries, foreignExpressions };
}

/** The expressions that are known to take time by the length of a text alone. */
const known: ReadonlySet<string> = new Set(Object.values(preTokenizers).flatMap(({ patterns }) => patterns));

/** How many times longer a step can make a text. */
function growthOf({
  type,
  pattern,
  content,
  replacement,
  str_rep,
  suffix,
  word_delimiter_token,
}: Part): number {
  switch (type) {
    case "Replace": {
      const length = content?.length ?? 0;
      if (pattern && "String" in pattern && pattern.String !== "")
        return Math.max(1, length / pattern.String.length);
      return 1 + length; // an expression may match between any two characters
    }
    case "Metaspace":
      return replacement === "" ? 2 : Math.max(1, (str_rep || replacement)?.length ?? 1);
    case "ByteLevel":
      return 3; // bytes of a UTF-16 unit
    case "BPEDecoder":
      return suffix ? 1 : 2;
    case "CTC":
      return word_delimiter_token ? 1 : 2;
    default:
      return 1;
  }
}

type Fail = (key: string, found: unknown, expected: string) => never;

const isId = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < mostTokens;
const anId = `a whole number below ${mostTokens}`;

function checkModel(model: unknown, fail: Fail): number {
  if (typeof model !== "object" || model === null || Array.isArray(model))
    return fail("model", model, "an object");
  const { vocab, merges, unk_token, unk_id, max_input_chars_per_word: longestWord = 100 } = model as Json;
  for (const key of ["continuing_subword_prefix", "continuing_subword_suffix", "end_of_word_suffix"])
    if (!Text.safeParse((model as Json)[key]).success)
      fail(`model.${key}`, (model as Json)[key], `a text of at most ${longestAdded} characters`);
  if (unk_token !== undefined && unk_token !== null && typeof unk_token !== "string")
    fail("model.unk_token", unk_token, "a text");
  // The time of one word is the square of its length.
  if (longestWord !== null && !(Number(longestWord) <= longestAdded))
    fail("model.max_input_chars_per_word", longestWord, `at most ${longestAdded}`);
  if (typeof vocab !== "object" || vocab === null)
    return fail("model.vocab", vocab, "tokens with their numbers");
  const tokens = Object.entries(vocab);
  if (tokens.length > mostTokens) fail("model.vocab", vocab, `at most ${mostTokens} tokens`);
  if (Array.isArray(vocab)) {
    for (const [i, piece] of vocab.entries())
      if (!Array.isArray(piece) || typeof piece[0] !== "string" || !Number.isFinite(piece[1]))
        fail(`model.vocab.${i}`, piece, "a token and its score");
    if (unk_id !== undefined && unk_id !== null && !(isId(unk_id) && unk_id < vocab.length))
      fail("model.unk_id", unk_id, `a number below ${vocab.length}`);
  } else for (const [token, id] of tokens) if (!isId(id)) fail(`model.vocab.${shown(token)}`, id, anId);
  if (merges === undefined || merges === null) return tokens.length;
  if (!Array.isArray(merges)) return fail("model.merges", merges, "a list");
  const inPairs = Array.isArray(merges[0]);
  for (const [i, merge] of merges.entries())
    if (inPairs ? !isPair(merge) : typeof merge !== "string")
      fail(`model.merges.${i}`, merge, inPairs ? "two texts" : "a text");
  return tokens.length + merges.length;
}

const isPair = (value: unknown) =>
  Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === "string");

function checkAdded(added: unknown, fail: Fail): number {
  if (!Array.isArray(added)) return fail("added_tokens", added, "a list");
  let characters = 0;
  for (const [i, token] of added.entries()) {
    const { id, content } = (token ?? {}) as Json;
    if (!isId(id)) fail(`added_tokens.${i}.id`, id, anId);
    if (typeof content !== "string" || content.length > longestAdded)
      return fail(`added_tokens.${i}.content`, content, `a text of at most ${longestAdded} characters`);
    characters += content.length;
    if (characters > mostAdded) fail("added_tokens", added, `at most ${mostAdded} characters in all`);
  }
  return added.length;
}
