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
  /** To `Questions.prompts`, in their order. */
  responses: z.array(z.string()),
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
 * Asks a model as Table 1 does: responses sampled at temperature 1, multiple choice with one solved question before each
 * (lm-eval's `mmlu` and, for models too small to know letters, its `mmlu_continuation`).
 */
export async function askModel(
  model: TextModel,
  { seed, questions = heldOutQuestions() }: { readonly seed: number; readonly questions?: Questions },
): Promise<Answers> {
  const { prompts, choices, dev } = questions;
  const texts = prompts.map(({ prompt }) => prompt);
  const responses = await model.generate(texts, { temperature: 1, seed, maxTokens: 64, batchSize: 24 }).texts();
  const chosen = async (format: "letters" | "continuation") =>
    (await mmlu(model, choices, { dev, shots: 1, format })).answers.map((answer) => answer!);
  return {
    seed,
    responses: responses.map((text) => text.trim()),
    letters: await chosen("letters"),
    continuation: await chosen("continuation"),
  };
}

/** The share of multiple-choice questions that answers get right. */
export function choiceAccuracy(answers: readonly number[], choices: readonly MultipleChoice[]): Accuracy {
  if (answers.length !== choices.length)
    throw new PaperError(`there are ${answers.length} answers to ${choices.length} questions; expected one for each`);
  return accuracy(answers.filter((answer, i) => answer === choices[i]!.answer).length, choices.length);
}

/** Win rate of responses over the chosen ones of the same prompts; the judge is the rule that made the preferences unless another is given. */
export function judgeAnswers(
  { responses }: Pick<Answers, "responses">,
  prompts: readonly HeldOutQuestion[],
  judge: Judge = ruleJudge(prompts),
  options: CompareOptions = {},
): Promise<Compared> {
  if (responses.length !== prompts.length)
    throw new PaperError(`there are ${responses.length} responses to ${prompts.length} prompts; expected one for each`);
  const pairs = prompts.map(({ prompt, reference }, i) => ({ prompt, response: responses[i]!, reference }));
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
      `${file}: ${found.error.issues[0]?.path.join(".")}: ${found.error.issues[0]?.message}; expected seed, responses, letters and continuation`,
    );
  return found.data;
}
