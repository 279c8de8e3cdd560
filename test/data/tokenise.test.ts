import { describe, expect, test } from "vitest";
import {
  chosenRows,
  type DataSet,
  exampleLength,
  split,
  tokenisePreferences,
  tokeniseSft,
} from "../../src/data/index.ts";
import { defaultTemplate, type Tokenizer } from "../../src/text/index.ts";

/** One token a character; `$` is the end token. */
const tokenizer: Tokenizer = {
  encode: (text) => Int32Array.from(text, (c) => c.charCodeAt(0)),
  decode: (ids) => String.fromCharCode(...Array.from(ids)),
  vocabulary: 128,
  bos: null,
  eos: "$".charCodeAt(0),
  eosText: "$",
};
const withBos: Tokenizer = { ...tokenizer, bos: 1 };

function set<Row>(...rows: Row[]): DataSet<Row> {
  return { file: "x.jsonl", sha256: "", rows, numbers: rows.map((_, i) => i * 10), skipped: [] };
}
const options = { template: defaultTemplate, maxLength: 2048, tooLong: "stop" } as const;
const read = (ids: ArrayLike<number>) => tokenizer.decode(ids);

describe("an example", () => {
  test("is the template's prompt, then the stripped completion, a space and the end token", () => {
    const { examples } = tokeniseSft(set({ prompt: "Hi", completion: "Ho \n" }), tokenizer, options);
    expect(read(examples[0]!.prompt)).toBe("User: Hi\nAssistant: ");
    expect(examples[0]!.responses.map(read)).toEqual(["Ho $"]);
  });

  test("of preferences has chosen, then rejected, and keeps its row number", () => {
    const { examples } = tokenisePreferences(
      set({ prompt: "a", chosen: "b", rejected: "c" }, { prompt: "d", chosen: "", rejected: "f" }),
      tokenizer,
      options,
    );
    expect(examples.map((example) => [example.row, ...example.responses.map(read)])).toEqual([
      [0, "b $", "c $"],
      [10, " $", "f $"],
    ]);
  });

  test("starts with BOS once, where the tokenizer has one", () => {
    const { examples } = tokeniseSft(set({ prompt: "a", completion: "b" }), withBos, options);
    expect(Array.from(examples[0]!.prompt).filter((id) => id === 1)).toHaveLength(1);
    expect(examples[0]!.prompt[0]).toBe(1);
    expect(examples[0]!.responses[0]).not.toContain(1);
  });

  test("a template without {prompt} is an error before any row is read", () => {
    expect(() =>
      tokeniseSft(set({ prompt: "a", completion: "b" }), tokenizer, { ...options, template: "x" }),
    ).toThrow(/must have it exactly once/);
  });
});

describe("a row that is too long", () => {
  const long = set(
    { prompt: "p", completion: "x".repeat(50) },
    { prompt: "p", completion: "y" },
    { prompt: "q".repeat(99), completion: "z" },
  );

  test("stops with its number, length and what to do", () => {
    expect(() => tokeniseSft(long, tokenizer, { ...options, maxLength: 40 })).toThrow(
      /x\.jsonl: row 1 has 71 tokens; maxLength is 40 \(raise it, or set tooLong/,
    );
  });

  test("is skipped and counted", () => {
    const { examples, tooLong } = tokeniseSft(long, tokenizer, {
      ...options,
      maxLength: 40,
      tooLong: "skip",
    });
    expect(examples.map(({ row }) => row)).toEqual([10]);
    expect(tooLong).toBe(2);
    expect(() => tokeniseSft(long, tokenizer, { ...options, maxLength: 4, tooLong: "skip" })).toThrow(
      /all 3 rows/,
    );
  });

  test("is cut to the length: the prompt's beginning, then the response's end, which keeps its end token", () => {
    for (const maxLength of [2, 3, 10, 22, 23, 40]) {
      const { examples } = tokeniseSft(long, tokenizer, { ...options, maxLength, tooLong: "cut" });
      expect(examples).toHaveLength(3);
      for (const example of examples) {
        expect(exampleLength(example)).toBeLessThanOrEqual(maxLength);
        expect(example.prompt.length).toBeGreaterThan(0);
        expect(example.responses[0]!.at(-1)).toBe(tokenizer.eos);
      }
    }
    const { examples } = tokeniseSft(long, withBos, { ...options, maxLength: 40, tooLong: "cut" });
    expect(examples[2]!.prompt[0]).toBe(1);
    expect(read(examples[2]!.prompt.slice(-12))).toBe("\nAssistant: ");
    expect(examples[2]!.responses.map(read)).toEqual(["z $"]);
  });
});

test("the chosen responses are instruction rows; silence is left out", () => {
  const rows = chosenRows(
    set({ prompt: "a", chosen: "b", rejected: "c" }, { prompt: "d", chosen: " ", rejected: "f" }),
  );
  expect(rows.rows).toEqual([{ prompt: "a", completion: "b" }]);
  expect(rows.numbers).toEqual([0]);
});

describe("the split", () => {
  const rows = Array.from({ length: 100 }, (_, i) => i);
  test("holds out the last rows", () => {
    const { training, evaluation } = split(rows, { fraction: 0.03, heldOut: true });
    expect(evaluation).toEqual([97, 98, 99]);
    expect(training).toEqual(rows.slice(0, 97));
  });
  test("or evaluates on the first rows, which are trained on too", () => {
    const { training, evaluation } = split(rows, { fraction: 0.03, heldOut: false });
    expect(evaluation).toEqual([0, 1, 2]);
    expect(training).toEqual(rows);
  });
  test("has at least one evaluation row, none for fraction 0, and never takes the last training row", () => {
    expect(split([1, 2], { fraction: 0.01, heldOut: true })).toEqual({ training: [1], evaluation: [2] });
    expect(split([1, 2], { fraction: 0, heldOut: true })).toEqual({ training: [1, 2], evaluation: [] });
    expect(() => split([1], { fraction: 0.5, heldOut: true })).toThrow(/none is left to train on/);
    expect(() => split([1], { fraction: 2, heldOut: true })).toThrow(/from 0 to 1/);
  });
});
