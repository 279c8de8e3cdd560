import { createHash } from "node:crypto";
import type { PartOfSpeech, Synset, WordNet } from "./wordnet.ts";

/** The kinds of question that WordNet answers. */
export type Kind = "define" | "example" | "category" | "synonym" | "antonym" | "reverse";

/** What WordNet says of a word in its most frequent sense. */
export interface Word {
  readonly word: string;
  readonly pos: "noun" | "verb" | "adjective";
  readonly definition: string;
  /** Short sentences that contain the word. */
  readonly examples: readonly string[];
  readonly synonyms: readonly string[];
  readonly antonyms: readonly string[];
  /** Names of the category right above it; nouns and verbs. */
  readonly categories: readonly string[];
}

const names: Partial<Record<PartOfSpeech, Word["pos"]>> = { n: "noun", v: "verb", a: "adjective" };

/**
 * Words for the data sets: common (their first sense occurs in WordNet's tagged texts), of 3 to 12 lower-case letters,
 * with a short plain definition that does not use the word itself. One part of speech a word, the most frequent.
 */
export function commonWords({ first, synsets }: WordNet): Word[] {
  const best = new Map<string, { count: number; synset: Synset }>();
  for (const { lemma, synset: id, count } of first.values()) {
    const synset = synsets.get(id)!;
    if (!/^[a-z]{3,12}$/.test(lemma) || count < 1 || !names[synset.pos]) continue;
    const known = best.get(lemma);
    if (!known || count > known.count) best.set(lemma, { count, synset });
  }
  const words: Word[] = [];
  for (const [word, { synset }] of best) {
    const definition = plainDefinition(synset.definition);
    if (!definition || mentions(definition, word)) continue;
    const index = synset.lemmas.indexOf(word);
    if (index < 0) continue;
    words.push({
      word,
      pos: names[synset.pos]!,
      definition,
      examples: synset.examples.filter((text) => mentions(text, word) && isShort(text, 3, 12)),
      synonyms: synset.lemmas.filter((lemma) => lemma !== word && isPlain(lemma)),
      antonyms: synset.pointers
        .filter(({ symbol, from }) => symbol === "!" && from === index)
        .map(({ target, to }) => synsets.get(target)!.lemmas[to]!)
        .filter(isPlain),
      categories: synset.pointers
        .filter(({ symbol }) => symbol === "@")
        .flatMap(({ target }) => synsets.get(target)!.lemmas)
        .filter((lemma) => isPlain(lemma) && lemma !== word),
    });
  }
  return words.sort((a, b) => (a.word < b.word ? -1 : 1));
}

/** The questions that can be asked of a word. */
export function kindsOf(word: Word): Kind[] {
  const kinds: Kind[] = ["define", "reverse"];
  if (word.examples.length) kinds.push("example");
  if (word.categories.length) kinds.push("category");
  if (word.synonyms.length) kinds.push("synonym");
  if (word.antonyms.length) kinds.push("antonym");
  return kinds;
}

/** A number in [0, 1) that depends on the word alone: which data set it belongs to. */
export function position(word: string): number {
  return createHash("sha256").update(`word ${word}`).digest().readUInt32LE() / 2 ** 32;
}

function plainDefinition(definition: string): string | null {
  const text = definition
    .replace(/^\([^)]*\)\s*/, "")
    .split(";")[0]!
    .trim();
  const rude = /slur|offensive|obscene|vulgar|derogatory|disparag|sexual|genital/i;
  return isShort(text, 3, 10) && /^[a-z' ,-]+$/.test(text) && !rude.test(definition) ? text : null;
}

function isShort(text: string, from: number, to: number): boolean {
  const count = text.split(" ").length;
  return count >= from && count <= to;
}

function isPlain(lemma: string): boolean {
  return /^[a-z]+( [a-z]+)?$/.test(lemma);
}

/** Whether a text has the word, also with an ending. */
function mentions(text: string, word: string): boolean {
  return new RegExp(`\\b${word}`, "i").test(text);
}
