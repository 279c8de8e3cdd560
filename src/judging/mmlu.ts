import {
  type Accuracy,
  accuracy,
  LETTERS,
  type MultipleChoice,
  mmluContinuationPrompt,
  mmluPrompt,
} from "../evaluation/index.ts";
import type { TextModel } from "../generation/index.ts";
import { JudgingError } from "./error.ts";

export interface MmluOptions {
  /** Solved questions before each, the first of its subject. Default 1, as in the paper; needs `dev`. */
  readonly shots?: number;
  /** Solved questions by subject. */
  readonly dev?: readonly MultipleChoice[];
  /**
   * `letters`: lm-eval's `mmlu`, the most likely of " A" to " D". `continuation`: lm-eval's `mmlu_continuation`, the most
   * likely of the choices' texts, for models too small to know letters. `xright`: what the paper's tool measured
   * (`mmluAsXright`). Default `letters`.
   */
  readonly format?: "letters" | "continuation" | "xright";
  /** Of `xright`'s sampling. Default 42, XRIGHT's. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
  /** Told after each question. */
  readonly onProgress?: (done: number, count: number) => void;
}

export interface MmluResult extends Accuracy {
  readonly format: "letters" | "continuation" | "xright";
  readonly shots: number;
  /** Right by log-likelihood per character (lm-eval's acc_norm); null where all choices are letters. */
  readonly normalised: Accuracy | null;
  readonly subjects: Readonly<Record<string, Accuracy>>;
  /** The answer to each question, as the place of a choice; null: none of them (`xright`). */
  readonly answers: readonly (number | null)[];
}

/**
 * Accuracy on multiple-choice questions, subjects weighted by their size.
 *
 * @throws JudgingError for a question without four choices, or a subject with fewer solved questions than shots
 */
export async function mmlu(
  model: TextModel,
  questions: readonly MultipleChoice[],
  options: MmluOptions = {},
): Promise<MmluResult> {
  const { shots = 1, dev = [], format = "letters", signal, onProgress } = options;
  const solved = shotsOf(questions, dev, shots);
  if (format === "xright") return mmluAsXright(model, questions, solved, options);
  const promptOf = format === "letters" ? mmluPrompt : mmluContinuationPrompt;
  const answers: number[] = [];
  const normalised: number[] = [];
  for (const question of questions) {
    signal?.throwIfAborted();
    const context = promptOf(question, solved(question.subject));
    const choices = format === "letters" ? LETTERS : question.choices;
    const scores = await model.score(choices.map((choice) => ({ context, continuation: ` ${choice}` })));
    answers.push(argMax(scores.map(({ logProb }) => logProb)));
    // Python's len counts code points.
    normalised.push(argMax(scores.map(({ logProb }, i) => logProb / [...choices[i]!].length)));
    onProgress?.(answers.length, questions.length);
  }
  return {
    ...summary(questions, answers),
    format,
    shots,
    normalised: format === "letters" ? null : summary(questions, normalised),
  };
}

/**
 * What the paper's tool measured (deepeval 1.3.0 in XRIGHT): it loads the first subject's questions and asks them, with
 * that subject's solved ones, under every subject's heading; the answer is sampled from the five most likely tokens, in
 * JSON, and right if it is the letter exactly. So the figure is the accuracy on one subject, asked as often as there are
 * subjects, with noise.
 */
async function mmluAsXright(
  model: TextModel,
  questions: readonly MultipleChoice[],
  solved: (subject: string) => readonly MultipleChoice[],
  { shots = 1, seed = 42, signal, onProgress }: MmluOptions,
): Promise<MmluResult> {
  const subjects = [...new Set(questions.map(({ subject }) => subject))];
  const first = questions.filter(({ subject }) => subject === subjects[0]);
  const asked = subjects.flatMap((subject) => first.map((question) => ({ ...question, subject })));
  const prompts = asked.map((question) => `${mmluPrompt(question, solved(subjects[0]!))} {"answer": "`);
  const answers: (number | null)[] = asked.map(() => null);
  const texts = asked.map(() => "");
  let done = 0;
  const options = { template: null, temperature: 1, topK: 5, seed, stop: '"', maxTokens: 8 };
  for await (const { prompt, text, ended } of model.generate(prompts, {
    ...options,
    ...(signal && { signal }),
  })) {
    texts[prompt] += text;
    if (!ended) continue;
    const place = LETTERS.indexOf(texts[prompt] as "A");
    answers[prompt] = ended === "stop" && place >= 0 ? place : null;
    onProgress?.(++done, asked.length);
  }
  return { ...summary(asked, answers), format: "xright", shots, normalised: null };
}

function shotsOf(
  questions: readonly MultipleChoice[],
  dev: readonly MultipleChoice[],
  shots: number,
): (subject: string) => readonly MultipleChoice[] {
  if (questions.length === 0) throw new JudgingError("mmlu: no questions; expected at least one");
  if (!Number.isSafeInteger(shots) || shots < 0)
    throw new JudgingError(`mmlu: shots is ${shots}; expected an integer of at least 0`);
  for (const [where, rows] of [
    ["question", questions],
    ["solved question", dev],
  ] as const)
    for (const [i, { choices, answer }] of rows.entries()) {
      if (choices.length !== 4 || ![0, 1, 2, 3].includes(answer))
        throw new JudgingError(
          `mmlu: ${where} ${i + 1} has ${choices.length} choices and answer ${answer}; expected 4 choices and an answer from 0 to 3`,
        );
    }
  const bySubject = new Map<string, readonly MultipleChoice[]>();
  for (const subject of new Set(questions.map(({ subject }) => subject))) {
    const some = dev.filter((one) => one.subject === subject).slice(0, shots);
    if (some.length < shots)
      throw new JudgingError(
        `mmlu: ${some.length} solved questions about ${subject} in dev, ${shots} shots are asked for; give more, or fewer shots`,
      );
    bySubject.set(subject, some);
  }
  return (subject) => bySubject.get(subject)!;
}

/** The first of the largest, as numpy's. */
function argMax(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}

function summary(questions: readonly MultipleChoice[], answers: readonly (number | null)[]) {
  const right = (of: (question: MultipleChoice) => boolean) =>
    questions.filter((question, i) => of(question) && answers[i] === question.answer).length;
  const names = [...new Set(questions.map(({ subject }) => subject))];
  const subjects = Object.fromEntries(
    names.map((name) => {
      const mine = (question: MultipleChoice) => question.subject === name;
      return [name, accuracy(right(mine), questions.filter(mine).length)];
    }),
  );
  return {
    ...accuracy(
      right(() => true),
      questions.length,
    ),
    subjects,
    answers,
  };
}
