import { readFileSync } from "node:fs";
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { assetPath } from "../../src/assets.ts";
import { Random } from "../../src/data/index.ts";
import { preTokenizers } from "../../src/text/pre-tokenizers.ts";
import { cachedByWord } from "../../src/text/word-cache.ts";
import { randomSeed } from "../seed.ts";

const own = JSON.parse(readFileSync(assetPath("models/pythia-tiny/tokenizer.json"), "utf8"));
const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false };
/** The shipped vocabulary, its words cut as other models cut theirs. */
const cutAs = (name: string) => ({
  ...own,
  normalizer: preTokenizers[name]!.composed ? { type: "NFC" } : null,
  pre_tokenizer: {
    type: "Sequence",
    pretokenizers: [
      ...preTokenizers[name]!.patterns.map((Regex) => ({
        type: "Split",
        pattern: { Regex },
        behavior: "Isolated",
        invert: false,
      })),
      byteLevel,
    ],
  },
});

/** Bits of text at whose borders tokenizers go wrong. */
const bits = [
  ..." \n\t\r'.,!-/<|>{}0123456789abcdefstXYZéßñΩЖ中あ👋½\u0301\u00a0\u2009\u200d\ufeff",
  "  ",
  " the",
  " The",
  "'s",
  " 'll",
  "'LL a",
  "\r\n",
  "<|endoftext|>",
  " <|endoftext|> a",
  "ABCdef ",
  "e\u0301 a",
  " \u0301a",
];

describe.each(["own", ...Object.keys(preTokenizers)])("words cut as %s", (name) => {
  const definition = name === "own" ? own : cutAs(name);
  let inner: HuggingFaceTokenizer;
  const plain = (text: string) => inner.encode(text, { add_special_tokens: false }).ids;
  beforeAll(() => {
    inner = new HuggingFaceTokenizer(definition, { eos_token: "<|endoftext|>" });
  });

  test("have the tokens of the whole text", () => {
    const seed = randomSeed();
    console.log(`seed ${seed}`);
    const random = new Random(seed);
    const cached = cachedByWord(plain, definition);
    for (let i = 0; i < 1500; i++) {
      const text = Array.from(
        { length: 1 + random.integer(30) },
        () => bits[random.integer(bits.length)],
      ).join("");
      expect(Array.from(cached(text)), JSON.stringify(text)).toEqual(plain(text));
    }
  });

  test("are asked for once", () => {
    const asked = vi.fn(plain);
    const cached = cachedByWord(asked, definition);
    cached("the cat and the dog and the cat");
    // the, cat, and, the (with its space), dog
    expect(asked).toHaveBeenCalledTimes(5);
  });
});

test("where it could matter, the text is encoded whole", () => {
  const whole = (change: object) => {
    const asked = vi.fn(() => [1]);
    cachedByWord(asked, { ...own, ...change })("the cat and the dog");
    return asked.mock.calls.length === 1;
  };
  expect(whole({})).toBe(false);
  const added = (token: object) => ({ added_tokens: [{ id: 0, content: "<x>", ...token }] });
  expect(whole(added({}))).toBe(false);
  expect(whole(added({ lstrip: true }))).toBe(true);
  expect(whole(added({ rstrip: true }))).toBe(true);
  expect(whole(added({ single_word: true }))).toBe(true);
  expect(whole(added({ content: "a b" }))).toBe(true);
  expect(whole({ normalizer: { type: "Prepend", prepend: "▁" } })).toBe(true);
  expect(whole({ pre_tokenizer: { ...byteLevel, use_regex: true, add_prefix_space: true } })).toBe(true);
  expect(whole({ pre_tokenizer: byteLevel })).toBe(true);
  expect(whole({ pre_tokenizer: { type: "Metaspace" } })).toBe(true);
  const unknown = { type: "Split", pattern: { Regex: ".+" }, behavior: "Isolated", invert: false };
  expect(whole({ pre_tokenizer: { type: "Sequence", pretokenizers: [unknown, byteLevel] } })).toBe(true);
  expect(whole({ model: { ...own.model, type: "Unigram" } })).toBe(true);
});
