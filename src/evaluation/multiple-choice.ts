/** A question in the format of MMLU's files on the hub (`cais/mmlu`). */
export interface MultipleChoice {
  readonly question: string;
  /** As `abstract_algebra`. */
  readonly subject: string;
  readonly choices: readonly string[];
  /** Place of the right choice, from 0. */
  readonly answer: number;
}

export const LETTERS = ["A", "B", "C", "D"] as const;

const heading = (subject: string) =>
  `The following are multiple choice questions (with answers) about ${subject.replaceAll("_", " ")}.\n\n`;

const body = ({ question, choices }: MultipleChoice) =>
  `${question.trim()}\n${choices.map((choice, i) => `${LETTERS[i]}. ${choice}\n`).join("")}Answer:`;

/**
 * The prompt of lm-eval's `mmlu` tasks (lm_eval/tasks/mmlu/default, version 1): heading, solved questions of the same
 * subject, and the question. Its continuations are " A", " B", " C" and " D".
 */
export function mmluPrompt(question: MultipleChoice, shots: readonly MultipleChoice[]): string {
  const solved = shots.map((shot) => `${body(shot)} ${LETTERS[shot.answer]}\n\n`);
  return `${heading(question.subject)}${solved.join("")}${body(question)}`;
}

/**
 * The prompt of lm-eval's `mmlu_continuation` tasks: no letters; the continuations are the choices' own texts, each after
 * a space.
 */
export function mmluContinuationPrompt(question: MultipleChoice, shots: readonly MultipleChoice[]): string {
  const asked = ({ question }: MultipleChoice) => `Question: ${question.trim()}\nAnswer:`;
  const about = question.subject.replaceAll("_", " ");
  const solved = shots.map((shot) => `${asked(shot)} ${shot.choices[shot.answer]}\n\n`);
  return `The following are questions (with answers) about ${about}.\n\n${solved.join("")}${asked(question)}`;
}

/** How many of some questions were answered right. */
export interface Accuracy {
  readonly right: number;
  readonly count: number;
  /** right / count */
  readonly accuracy: number;
  /** √(p (1 − p) / (count − 1)), as lm-eval states it; null for one question. */
  readonly standardError: number | null;
}

export function accuracy(right: number, count: number): Accuracy {
  const p = right / count;
  return {
    right,
    count,
    accuracy: p,
    standardError: count > 1 ? Math.sqrt((p * (1 - p)) / (count - 1)) : null,
  };
}
