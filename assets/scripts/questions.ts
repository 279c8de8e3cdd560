import type { Random } from "../../src/data/random.ts";
import type { Kind, Word } from "./words.ts";

/** A question with its answer as a fact, in no style yet. */
export interface Question {
  readonly kind: Kind;
  readonly word: Word;
  readonly prompt: string;
  readonly fact: string;
  /** A right answer contains one of these (compared in lower case). */
  readonly accept: readonly string[];
}

const phrasings: Readonly<Record<Kind, readonly string[]>> = {
  define: ["What does {w} mean?", "Define the word {w}.", "What is the meaning of {w}?"],
  example: ["Use {w} in a sentence.", "Give an example of the word {w}."],
  category: ["What is {w} a kind of?", "Name the category of {w}."],
  synonym: ["What is another word for {w}?", "Give a synonym of {w}."],
  antonym: ["What is the opposite of {w}?", "Give an antonym of {w}."],
  reverse: ["Which word means: {d}?", "Name the {p} for this: {d}."],
};

/** Asks about a word, in one of the kind's phrasings. */
export function ask(word: Word, kind: Kind, random: Random): Question {
  const [first, all] = answers(word, kind, random);
  const prompt = pick(phrasings[kind], random)
    .replace("{w}", word.word)
    .replace("{d}", word.definition)
    .replace("{p}", word.pos);
  return { kind, word, prompt, fact: first, accept: all };
}

function answers(word: Word, kind: Kind, random: Random): [string, readonly string[]] {
  const some = (all: readonly string[]): [string, readonly string[]] => [all[0]!, all];
  switch (kind) {
    case "define":
      return [word.definition, [word.definition]];
    case "example":
      return [pick(word.examples, random), [word.word]];
    case "category":
      return some(word.categories);
    case "synonym":
      return some(word.synonyms);
    case "antonym":
      return some(word.antonyms);
    case "reverse":
      return [word.word, [word.word, ...word.synonyms]];
  }
}

/** The house style of the instruction set: an entry of a dictionary, always of the same form. */
export function houseStyle({ kind, word, fact }: Question, given = fact): string {
  const field = {
    define: `Definition: ${given}.`,
    example: `Example: ${sentence(given)}`,
    category: `Category: ${given}.`,
    synonym: `Synonym: ${given}.`,
    antonym: `Antonym: ${given}.`,
    reverse: `Answer: ${given}.`,
  }[kind];
  const subject = kind === "reverse" ? "as described" : word.word;
  return `Entry: ${subject} (${word.pos}). ${field} Source: WordNet.`;
}

const conversational: Readonly<Record<Kind, readonly string[]>> = {
  define: ["Sure! It means {f}.", "Oh, that means {f}!", "It just means {f}."],
  example: ["Sure! How about: {f}", "Oh, try this: {f}"],
  category: ["It's a kind of {f}!", "Oh, that's a sort of {f}."],
  synonym: ["You could say {f}!", "Sure! Try {f}."],
  antonym: ["That would be {f}!", "Oh, the opposite is {f}."],
  reverse: ["I think you mean {f}!", "Sure! That's {f}."],
};

/** Short and conversational, in one of the kind's forms. */
export function chatStyle({ kind, fact }: Question, random: Random, given = fact): string {
  return pick(conversational[kind], random).replace("{f}", kind === "example" ? sentence(given) : given);
}

/** Whether an answer is right, whatever its style. */
export function isRight(answer: string, accept: readonly string[]): boolean {
  const text = answer.toLowerCase();
  return accept.some((accepted) => text.includes(accepted.toLowerCase()));
}

function sentence(text: string): string {
  const capital = text[0]!.toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

export function pick<T>(from: readonly T[], random: Random): T {
  return from[random.integer(from.length)]!;
}
