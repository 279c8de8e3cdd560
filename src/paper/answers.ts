import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { assetPath } from "../assets.ts";
import { type Accuracy, accuracy, type MultipleChoice } from "../evaluation/index.ts";
import type { TextModel } from "../generation/index.ts";
import {
  type Compared,
  type CompareOptions,
  compareResponses,
  type Judge,
  type JudgedQuestion,
  mmlu,
  ruleJudge,
} from "../judging/index.ts";
import { PaperError } from "./error.ts";
import { gridDirectory } from "./shipped.ts";

/** In a compact run of an experiment that asks for answers: what its model says to the held-out questions. */
export const answersFile = "answers.json";

/** A held-out question of the preferences, with what Table 1's win rate needs. */
export interface HeldOutQuestion extends JudgedQuestion {
  /** The chosen response, which a model's is compared with. */
  readonly reference: string;
}

/** What a model is asked: as many held-out prompts and questions as the embedded data sets have. */
export interface Questions {
  readonly prompts: readonly HeldOutQuestion[];
  /** In the format of MMLU. */
  readonly choices: readonly MultipleChoice[];
  /** Solved ones, for shots. */
  readonly dev: readonly MultipleChoice[];
}

const Answers = z.strictObject({
  /** Of the sampling. */
  seed: z.number().int(),
  /** To `Questions.prompts`, in their order, sampled at temperature 1. */
  responses: z.array(z.string()),
  /** To the same prompts, the likeliest token each time. */
  greedy: z.array(z.string()),
  /** To `Questions.choices`, in their order: the place of the choice that a model finds most likely. */
  letters: z.array(z.number().int().min(0).max(3)),
  continuation: z.array(z.number().int().min(0).max(3)),
});
/** A model's answers, from which accuracy and win rates are judged without its weights. */
export type Answers = z.output<typeof Answers>;

const lines = (name: string) =>
  readFileSync(assetPath(`data/${name}.jsonl`), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

/** The embedded held-out questions: `wordnet-questions-heldout`, `wordnet-choices` and its solved ones. */
export function heldOutQuestions(): Questions {
  return {
    prompts: lines("wordnet-questions-heldout"),
    choices: lines("wordnet-choices"),
    dev: lines("wordnet-choices-dev"),
  };
}

/**
 * Asks a model as Table 1 does: responses sampled at temperature 1 (and greedy ones, for models so small that sampling is mostly noise), multiple
 * choice with one solved question before each
 * (lm-eval's `mmlu` and, for models too small to know letters, its `mmlu_continuation`).
 */
export async function askModel(
  model: TextModel,
  { seed, questions = heldOutQuestions() }: { readonly seed: number; readonly questions?: Questions },
): Promise<Answers> {
  const { prompts, choices, dev } = questions;
  const texts = prompts.map(({ prompt }) => prompt);
  const said = async (temperature: number) =>
    (await model.generate(texts, { temperature, seed, maxTokens: 64, batchSize: 24 }).texts()).map((text) =>
      text.trim(),
    );
  const chosen = async (format: "letters" | "continuation") =>
    (await mmlu(model, choices, { dev, shots: 1, format })).answers.map((answer) => answer!);
  return {
    seed,
    responses: await said(1),
    greedy: await said(0),
    letters: await chosen("letters"),
    continuation: await chosen("continuation"),
  };
}

/** The share of multiple-choice questions that answers get right. */
export function choiceAccuracy(answers: readonly number[], choices: readonly MultipleChoice[]): Accuracy {
  if (answers.length !== choices.length)
    throw new PaperError(
      `there are ${answers.length} answers to ${choices.length} questions; expected one for each`,
    );
  return accuracy(answers.filter((answer, i) => answer === choices[i]!.answer).length, choices.length);
}

export interface JudgingOptions extends CompareOptions {
  /** Default: the rule that made the preferences. */
  readonly judge?: Judge;
  /** What responses are compared with, prompt by prompt. Default: the chosen responses, as in Table 1. */
  readonly references?: readonly string[];
}

/** Win rate of responses over those they are compared with. */
export function judgeResponses(
  responses: readonly string[],
  prompts: readonly HeldOutQuestion[],
  { judge = ruleJudge(prompts), references, ...options }: JudgingOptions = {},
): Promise<Compared> {
  for (const given of [responses, references ?? responses])
    if (given.length !== prompts.length)
      throw new PaperError(
        `there are ${given.length} responses to ${prompts.length} prompts; expected one for each`,
      );
  const pairs = prompts.map(({ prompt, reference }, i) => ({
    prompt,
    response: responses[i]!,
    reference: references?.[i] ?? reference,
  }));
  return compareResponses(pairs, judge, options);
}

/** Keeps answers beside a compact run. @param place its directory */
export function keepAnswers(place: string, answers: Answers): void {
  const file = join(place, answersFile);
  writeFileSync(`${file}.partial`, `${JSON.stringify(answers, null, 1)}\n`);
  renameSync(`${file}.partial`, file);
}

/** Answers that ship with a run of the grid. @param id `EXPERIMENT/NAME` @throws PaperError where it has none that can be read */
export function shippedAnswers(id: string): Answers {
  const file = join(gridDirectory(id), answersFile);
  if (!existsSync(file))
    throw new PaperError(
      `${file}: not there; \`npm run grid -- ${id.split("/")[0]}\` asks the models of an experiment with "answers"`,
    );
  const found = Answers.safeParse(JSON.parse(readFileSync(file, "utf8")));
  if (!found.success)
    throw new PaperError(
      `${file}: ${found.error.issues[0]?.path.join(".")}: ${found.error.issues[0]?.message}; expected seed, responses, greedy, letters and continuation`,
    );
  return found.data;
}
