import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assetPath } from "../../src/assets.ts";
import { type MultipleChoice, mmluContinuationPrompt, mmluPrompt } from "../../src/evaluation/index.ts";
import { loadTextModel, type TextModel } from "../../src/generation/index.ts";
import { JudgingError, mmlu } from "../../src/judging/index.ts";

const rows = (name: string): MultipleChoice[] =>
  readFileSync(assetPath(`data/${name}.jsonl`), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const test = rows("wordnet-choices");
const dev = rows("wordnet-choices-dev");
const known = JSON.parse(
  readFileSync(fileURLToPath(new URL("../parity/fixtures/mmlu.json", import.meta.url)), "utf8"),
) as {
  each: number;
  cases: {
    format: "letters" | "continuation";
    subject: string;
    question: string;
    context: string;
    logLikelihoods: number[];
    acc: number;
    accNorm: number | null;
  }[];
};
const few = [...new Set(test.map(({ subject }) => subject))].flatMap((subject) =>
  test.filter((one) => one.subject === subject).slice(0, known.each),
);

let model: TextModel;
beforeAll(async () => {
  model = await loadTextModel("pythia-tiny", { threads: 1 });
});
afterAll(() => model.dispose());

describe.each(["letters", "continuation"] as const)("lm-eval's %s", (format) => {
  const cases = known.cases.filter((one) => one.format === format);

  it("prompts are lm-eval's, and so are the log-likelihoods", async () => {
    expect(cases).toHaveLength(few.length);
    for (const [i, { context, logLikelihoods, question }] of cases.entries()) {
      const row = few[i]!;
      expect(row.question).toBe(question);
      const shots = dev.filter(({ subject }) => subject === row.subject).slice(0, 1);
      expect((format === "letters" ? mmluPrompt : mmluContinuationPrompt)(row, shots)).toBe(context);
      const choices = format === "letters" ? ["A", "B", "C", "D"] : row.choices;
      const scores = await model.score(choices.map((choice) => ({ context, continuation: ` ${choice}` })));
      for (const [c, { logProb }] of scores.entries())
        expect(Math.abs(logProb - logLikelihoods[c]!)).toBeLessThan(2e-4);
    }
  });

  it("accuracies are lm-eval's", async () => {
    const found = await mmlu(model, few, { dev, format });
    const right = cases.filter(({ acc }) => acc === 1).length;
    expect(found).toMatchObject({ right, count: few.length, accuracy: right / few.length });
    for (const [i, { acc }] of cases.entries()) expect(Number(found.answers[i] === few[i]!.answer)).toBe(acc);
    const normalised = cases.filter(({ accNorm }) => accNorm === 1).length;
    if (format === "letters") expect(found.normalised).toBeNull();
    else expect(found.normalised!.right).toBe(normalised);
    const sizes = Object.values(found.subjects).map(({ count }) => count);
    expect(sizes).toEqual(sizes.map(() => known.each));
  });
});

describe("what the paper's tool measured", () => {
  it("asks the first subject's questions under every heading, by the seed", async () => {
    const asked: string[] = [];
    const listening: TextModel = {
      ...model,
      generate: (prompts, options) => {
        asked.push(...prompts);
        return model.generate(prompts, options);
      },
    };
    const found = await mmlu(listening, few, { dev, format: "xright" });
    const subjects = new Set(few.map(({ subject }) => subject));
    expect(found.count).toBe(subjects.size * known.each);
    expect(new Set(asked.map((prompt) => prompt.slice(prompt.indexOf("\n\n")))).size).toBe(known.each);
    expect(new Set(asked.map((prompt) => prompt.slice(0, prompt.indexOf(".")))).size).toBe(subjects.size);
    expect((await mmlu(model, few, { dev, format: "xright" })).answers).toEqual(found.answers);
  });
});

describe("wrong questions", () => {
  it("are said with what is wrong", async () => {
    await expect(mmlu(model, [])).rejects.toThrow(
      new JudgingError("mmlu: no questions; expected at least one"),
    );
    await expect(mmlu(model, few, { dev: dev.slice(0, 5), shots: 1 })).rejects.toThrow(
      "mmlu: 0 solved questions about categories in dev, 1 shots are asked for; give more, or fewer shots",
    );
    await expect(mmlu(model, [{ ...few[0]!, choices: ["one"] }], { dev })).rejects.toThrow(
      "mmlu: question 1 has 1 choices and answer 3; expected 4 choices",
    );
    await expect(model.score([{ context: "a", continuation: "" }])).rejects.toThrow(
      'continuation 1: "a" followed by ""; expected at least one token in each',
    );
  });

  it("counts spaces at a context's end as the continuation's, as lm-eval does", async () => {
    const [apart, joined] = await model.score([
      { context: "What does pear mean? ", continuation: "a fruit" },
      { context: "What does pear mean?", continuation: " a fruit" },
    ]);
    expect(apart).toEqual(joined);
  });

  it("scores texts longer than the model's positions by their ends", async () => {
    const long = "a word ".repeat(3000);
    const [score] = await model.score([{ context: long, continuation: " word" }]);
    expect(score!.tokens).toBeGreaterThan(0);
    expect(score!.logProb).toBeLessThan(0);
  });
});
