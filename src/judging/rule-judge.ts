import { JudgingError } from "./error.ts";
import type { Judge } from "./judge.ts";

/** A question with what a right answer contains (one of these, whatever its case). */
export interface JudgedQuestion {
  readonly prompt: string;
  readonly accept: readonly string[];
}

/**
 * The rule that made the embedded preferences (assets/data/README.md): a right answer beats a wrong one; of two that are
 * both right, or both wrong, a conversational one beats the instructions' house style (`Entry: …`). Which of a right
 * house style and a wrong conversational one is better the preferences leave open: here the right one. An empty response
 * loses to any other.
 */
export function ruleJudge(questions: readonly JudgedQuestion[]): Judge {
  const accepts = new Map(questions.map(({ prompt, accept }) => [prompt, accept]));
  const merit = (response: string, accept: readonly string[]) => {
    const text = response.trim();
    if (text === "") return -1;
    const isRight = accept.some((one) => text.toLowerCase().includes(one.toLowerCase()));
    return 2 * Number(isRight) + Number(!/^Entry:/i.test(text));
  };
  return {
    name: "rule",
    async judge({ prompt, first, second }) {
      const accept = accepts.get(prompt);
      if (!accept)
        throw new JudgingError(
          `the rule does not know the prompt "${prompt.slice(0, 80)}"; it judges the prompts that it was given`,
        );
      const difference = merit(second, accept) - merit(first, accept);
      return { second: (Math.sign(difference) + 1) / 2 };
    },
  };
}
