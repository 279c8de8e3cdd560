import type { Random } from "../../src/data/random.ts";
import { wrongFact } from "./preferences.ts";
import type { Question } from "./questions.ts";
import type { Kind, Word } from "./words.ts";

/** A row in the format of MMLU's files on the hub (`cais/mmlu`). */
export interface ChoiceRow {
  readonly question: string;
  readonly subject: string;
  readonly choices: readonly string[];
  /** Place of the right one. */
  readonly answer: number;
}

/** What a kind of question is about; examples have no wrong answer that is wrong for sure. */
export const subjects: Readonly<Partial<Record<Kind, string>>> = {
  define: "meanings_of_words",
  category: "categories",
  synonym: "synonyms",
  antonym: "antonyms",
  reverse: "words_by_meaning",
};

/** The question with its fact among three that are right for other words of the same part of speech, in random order. */
export function choiceRow(question: Question, words: readonly Word[], random: Random): ChoiceRow {
  const wrong = new Set<string>();
  while (wrong.size < 3) wrong.add(wrongFact(question, words, random));
  const texts = [question.fact, ...wrong];
  const order = random.permutation(4);
  return {
    question: question.prompt,
    subject: subjects[question.kind]!,
    choices: [...order].map((i) => texts[i]!),
    answer: [...order].indexOf(0),
  };
}
