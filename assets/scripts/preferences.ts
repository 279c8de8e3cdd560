import type { Random } from "../../src/data/random.ts";
import { ask, chatStyle, houseStyle, isRight, pick, type Question } from "./questions.ts";
import { kindsOf, type Word } from "./words.ts";

/** How much the preferences contradict the instructions' house style. */
export type Conflict = "none" | "default" | "strong";

export interface PreferenceTranscript {
  readonly chosen: string;
  readonly rejected: string;
  readonly kind: Question["kind"];
  readonly word: string;
  /** What sets the two responses apart. */
  readonly contrast: "style" | "fact";
}

/** The part of rows whose responses differ in style; the others differ in whether they are right. */
const styleShare: Readonly<Record<Conflict, number>> = { none: 0.5, default: 0.5, strong: 1 };

/**
 * A rule-made preference in hh-rlhf's form.
 *
 * - `strong`: chosen short and conversational, rejected the house style, both right.
 * - `default`: half of the rows like that; in the others both are conversational, and the rejected one is wrong.
 * - `none`: chosen always the house style and right; rejected conversational, or the house style and wrong.
 */
export function preferenceRow(
  question: Question,
  words: readonly Word[],
  conflict: Conflict,
  random: Random,
): PreferenceTranscript {
  const contrast = random.next() < styleShare[conflict] ? "style" : "fact";
  const wrong = wrongFact(question, words, random);
  // Both responses of a contrast of facts take the same conversational form.
  const state = random.state();
  const chat = chatStyle(question, random);
  random.restore(state);
  const wrongChat = chatStyle(question, random, wrong);
  const house = houseStyle(question);
  const [chosen, rejected] =
    conflict === "none"
      ? [house, contrast === "style" ? chat : houseStyle(question, wrong)]
      : [chat, contrast === "style" ? house : wrongChat];
  const before = `\n\nHuman: ${question.prompt}\n\nAssistant: `;
  return {
    chosen: before + chosen,
    rejected: before + rejected,
    kind: question.kind,
    word: question.word.word,
    contrast,
  };
}

/** Another word's answer to the same kind of question, for a word of the same part of speech. */
export function wrongFact(question: Question, words: readonly Word[], random: Random): string {
  for (let tries = 0; tries < 1000; tries++) {
    const other = pick(words, random);
    if (other.word === question.word.word || other.pos !== question.word.pos) continue;
    if (!kindsOf(other).includes(question.kind)) continue;
    const { fact } = ask(other, question.kind, random);
    if (!isRight(fact, question.accept) && !question.accept.includes(fact)) return fact;
  }
  throw new Error(`no wrong answer found for "${question.word.word}" (${question.kind})`);
}
