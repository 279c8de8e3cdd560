import { Random } from "../../src/data/random.ts";
import { type ChoiceRow, choiceRow, subjects } from "./choices.ts";
import { type Conflict, preferenceRow } from "./preferences.ts";
import { ask, houseStyle, type Question } from "./questions.ts";
import { readWordNet } from "./wordnet.ts";
import { commonWords, kindsOf, position, type Word } from "./words.ts";

const seed = 2026;
/** Rows of each set, and of the set beside it about words that are held out. */
const sizes = {
  sft: { rows: 4800, heldOut: 480 },
  preferences: { rows: 2400, heldOut: 240 },
  choices: { test: 60, dev: 5 },
};
const conflicts: readonly Conflict[] = ["none", "default", "strong"];

/** The rows of each file of `assets/data/`. A word belongs to the instructions or to the preferences, held out or not. */
export async function makeDataSets(): Promise<ReadonlyMap<string, readonly object[]>> {
  const words = commonWords(await readWordNet());
  const part = (from: number, to: number) =>
    words.filter(({ word }) => position(word) >= from && position(word) < to);
  const sft = { rows: part(0, 0.6), heldOut: part(0.6, 0.67) };
  const dpo = { rows: part(0.67, 0.96), heldOut: part(0.96, 1) };

  const files = new Map<string, readonly object[]>();
  files.set("wordnet-sft.jsonl", questions(sft.rows, sizes.sft.rows).map(sftRow));
  files.set("wordnet-sft-heldout.jsonl", questions(sft.heldOut, sizes.sft.heldOut).map(sftRow));
  for (const conflict of conflicts) {
    const name = conflict === "default" ? "wordnet-preferences" : `wordnet-preferences-${conflict}`;
    const rows = (some: readonly Word[], count: number) => {
      const random = new Random(seed, "preferences", conflict);
      return questions(some, count).map((question) => preferenceRow(question, some, conflict, random));
    };
    files.set(`${name}.jsonl`, rows(dpo.rows, sizes.preferences.rows));
    files.set(`${name}-heldout.jsonl`, rows(dpo.heldOut, sizes.preferences.heldOut));
  }
  files.set("wordnet-choices.jsonl", choices([...sft.heldOut, ...dpo.heldOut], words, sizes.choices.test));
  files.set("wordnet-choices-dev.jsonl", choices(sft.rows, words, sizes.choices.dev));
  files.set("wordnet-questions-heldout.jsonl", judged(dpo.heldOut));
  return files;
}

/** Multiple-choice questions, as many of each subject, subject by subject. */
function choices(some: readonly Word[], words: readonly Word[], each: number): ChoiceRow[] {
  const random = new Random(seed, "choices", each);
  const asked = random.permutation(some.length);
  return (Object.keys(subjects) as (keyof typeof subjects)[]).flatMap((kind) => {
    const able = [...asked].filter((i) => kindsOf(some[i]!).includes(kind)).slice(0, each);
    if (able.length < each) throw new Error(`only ${able.length} words for ${kind}, ${each} wanted`);
    return able.map((i) => choiceRow(ask(some[i]!, kind, random), words, random));
  });
}

/** The questions of the held-out preferences (default conflict): what is asked, the chosen response, and what is right. */
function judged(some: readonly Word[]): object[] {
  const random = new Random(seed, "preferences", "default");
  return questions(some, sizes.preferences.heldOut).map((question) => {
    const { chosen, kind, word } = preferenceRow(question, some, "default", random);
    const reference = chosen.slice(chosen.indexOf("\n\nAssistant: ") + "\n\nAssistant: ".length);
    return { prompt: question.prompt, reference, accept: question.accept, kind, word };
  });
}

/**
 * One question a word, of a random kind; where that is not enough, two, and so on. A word's questions stay together,
 * so that the last rows, which a run holds out, are about words that no row before them is about.
 */
function questions(some: readonly Word[], count: number): Question[] {
  const random = new Random(seed, "questions", some.length);
  const each = Math.ceil(count / some.length);
  const result: Question[] = [];
  for (const i of random.permutation(some.length)) {
    const word = some[i]!;
    const kinds = kindsOf(word);
    for (const k of random.permutation(kinds.length).slice(0, each))
      result.push(ask(word, kinds[k]!, random));
  }
  if (result.length < count) throw new Error(`only ${result.length} questions, ${count} wanted`);
  return result.slice(0, count);
}

function sftRow(question: Question) {
  const { prompt, kind, word, accept } = question;
  return { prompt, completion: houseStyle(question), kind, word: word.word, accept };
}
