import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Continuation, GenerateOptions, Generation, TextModel } from "../../src/generation/index.ts";
import {
  askModel,
  choiceAccuracy,
  experiment,
  experimentNames,
  heldOutQuestions,
  judgeResponses,
  keepAnswers,
  PaperError,
  shippedAnswers,
  shippedNames,
  shippedRuns,
} from "../../src/paper/index.ts";

const folder = mkdtempSync(join(tmpdir(), "alright-answers-"));
afterAll(() => rmSync(folder, { recursive: true }));

const questions = heldOutQuestions();
const few = {
  prompts: questions.prompts.slice(0, 3),
  choices: questions.choices.slice(0, 8),
  dev: questions.dev,
};

/** Says what it was asked, and finds the shortest continuation most likely, and of equally long ones the last. */
const model = (asked: GenerateOptions[]): TextModel => ({
  template: null,
  generate: (prompts, options = {}) => {
    asked.push(options);
    return { texts: async () => [prompts].flat().map((prompt) => ` ${prompt}\n`) } as unknown as Generation;
  },
  score: async (continuations: readonly Continuation[]) =>
    continuations.map(({ continuation }, i) => ({
      logProb: i / 100 - continuation.length,
      greedy: false,
      tokens: 1,
    })),
  dispose: async () => {},
});

describe("a model's answers", () => {
  test("are sampled at temperature 1, and its choices are the most likely letters and texts", async () => {
    const asked: GenerateOptions[] = [];
    const answers = await askModel(model(asked), { seed: 3, questions: few });
    expect(asked).toMatchObject([{ temperature: 1, seed: 3 }, { temperature: 0 }]);
    expect(answers.responses).toEqual(few.prompts.map(({ prompt }) => prompt));
    expect(answers.greedy).toEqual(answers.responses);
    expect(answers.letters).toEqual(few.choices.map(() => 3));
    const shortest = few.choices.map(({ choices }) => {
      const least = Math.min(...choices.map((choice) => choice.length));
      return choices.findLastIndex((choice) => choice.length === least);
    });
    expect(answers.continuation).toEqual(shortest);
    expect(choiceAccuracy(answers.letters, few.choices).right).toBe(
      few.choices.filter(({ answer }) => answer === 3).length,
    );
    keepAnswers(folder, answers);
  });

  test("judged by the rule: the chosen responses draw with themselves, the house style loses, nothing loses to all", async () => {
    const said = (of: (question: (typeof few.prompts)[number]) => string) =>
      judgeResponses(questions.prompts.map(of), questions.prompts);
    expect(await said(({ reference }) => reference)).toMatchObject({ winRate: 50, draws: 240 });
    expect(await said(({ accept }) => `Entry: x (noun). Meaning: ${accept[0]}.`)).toMatchObject({
      winRate: 0,
    });
    const chosen = questions.prompts.map(({ reference }) => reference);
    const beside = await judgeResponses(chosen, questions.prompts, { references: chosen.map(() => "") });
    expect(beside).toMatchObject({ winRate: 100, wins: 240 });
    expect(await said(() => "")).toMatchObject({ winRate: 0, losses: 240 });
  });

  test("that are too few, or do not ship, are named", async () => {
    expect(() => choiceAccuracy([1], few.choices)).toThrow(
      new PaperError("there are 1 answers to 8 questions; expected one for each"),
    );
    expect(() => judgeResponses([], few.prompts)).toThrow("0 responses to 3 prompts");
    expect(() => shippedAnswers("dpo-first/nothing")).toThrow("npm run grid -- dpo-first");
  });

  test("ship with every run of an experiment that asks for them", () => {
    for (const name of experimentNames().filter(
      (each) => experiment(each).answers && shippedNames(each).length > 0,
    ))
      for (const { id, seed } of shippedRuns(name)) {
        const answers = shippedAnswers(id);
        expect(answers.seed).toBe(seed);
        expect(answers.responses).toHaveLength(questions.prompts.length);
        expect(answers.greedy).toHaveLength(questions.prompts.length);
        expect(answers.letters).toHaveLength(questions.choices.length);
        expect(answers.continuation).toHaveLength(questions.choices.length);
      }
  });
});
