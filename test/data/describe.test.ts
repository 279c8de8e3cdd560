import { describe, expect, test } from "vitest";
import { histogram, quantiles } from "../../src/data/histogram.ts";
import { type DataSet, describeSet, split } from "../../src/data/index.ts";
import { defaultTemplate, type Tokenizer } from "../../src/text/index.ts";
import { describeData } from "../../src/training/describe-data.ts";
import { lines, temporary } from "./files.ts";

const { put } = temporary();
/** One token a character; `$` is the end token. */
const tokenizer: Tokenizer = {
  encode: (text) => Int32Array.from(text, (c) => c.charCodeAt(0)),
  decode: (ids) => String.fromCharCode(...Array.from(ids)),
  vocabulary: 128,
  bos: null,
  eos: "$".charCodeAt(0),
  eosText: "$",
};
const around = "User: p\nAssistant: ".length;
const options = {
  template: defaultTemplate,
  maxLength: 30,
  tooLong: "stop",
  evaluation: { fraction: 0.1, heldOut: true },
} as const;

function set<Row>(...rows: Row[]): DataSet<Row> {
  return { file: "x.jsonl", sha256: "", rows, numbers: rows.map((_, i) => i), skipped: [] };
}

describe("a data set is described", () => {
  const twenty = set(
    ...Array.from({ length: 20 }, (_, i) => ({ prompt: "p", completion: "x".repeat(i + 1) })),
  );

  test("by its rows and tokens", async () => {
    const about = await describeSet(twenty, tokenizer, options);
    expect(about).toMatchObject({ rows: 20, training: 18, evaluation: 2, chat: null });
    expect(about.tokens.row).toMatchObject({
      minimum: around + 3,
      quartile1: around + 7,
      median: around + 12,
      quartile3: around + 17,
      percentile95: around + 21,
      maximum: around + 22,
    });
    expect(about.tokens.prompt).toMatchObject({ total: 20 * around, minimum: around, maximum: around });
    expect(about.tokens.response).toMatchObject({ total: 210 + 40, minimum: 3, maximum: 22 });
    expect(about.tooLong).toEqual({ count: 11, maxLength: 30, treatment: "stop" });
    const { width, counts } = about.tokens.row.histogram;
    expect(counts.reduce((a, b) => a + b)).toBe(20);
    expect((counts.length - 1) * width).toBeLessThanOrEqual(around + 22);
    expect(JSON.parse(JSON.stringify(about))).toEqual(about);
  });

  test("with the rows that a run would have where some are too long", async () => {
    const skipped = await describeSet(twenty, tokenizer, { ...options, tooLong: "skip" });
    expect([skipped.training, skipped.evaluation]).toEqual([8, 1]);
    const cut = await describeSet(twenty, tokenizer, {
      ...options,
      maxLength: 20,
      tooLong: "cut",
      sample: 1,
    });
    expect(cut.training).toBe(18);
    expect(cut.sample[0]).toMatchObject({ cut: true, prompt: { tokens: 17 }, responses: [{ tokens: 3 }] });
  });

  test("with the first rows as the model will see them", async () => {
    const rows = set(
      { prompt: "p", chosen: "a ", rejected: "b" },
      { prompt: "q", chosen: "", rejected: "c" },
    );
    const { sample } = await describeSet(rows, tokenizer, { ...options, sample: 1 });
    expect(sample).toEqual([
      {
        where: "x.jsonl: row 1",
        prompt: { text: "User: p\nAssistant: ", tokens: around },
        responses: [
          { name: "chosen", text: "a $", tokens: 3 },
          { name: "rejected", text: "b $", tokens: 3 },
        ],
        cut: false,
      },
    ]);
  });

  test("with duplicates within and across training and evaluation rows, white space aside", async () => {
    const row = (prompt: string, completion: string) => ({ prompt, completion });
    const rows = set(
      row("a", "1"),
      row(" a\n", "1 "),
      row("a", "2"),
      row("b", "x  y"),
      row("c", "3"),
      row("b", "x\ny"),
      row("a", "9"),
      row("a", "9"),
      row("d", "4"),
    );
    const of = (heldOut: boolean) =>
      describeSet(rows, tokenizer, { ...options, evaluation: { fraction: 4 / 9, heldOut } });
    expect(split(rows.rows, { fraction: 4 / 9, heldOut: true }).evaluation).toHaveLength(4);
    expect((await of(true)).duplicates).toEqual({ training: 1, evaluation: 1, across: 1, prompts: 3 });
    expect((await of(false)).duplicates).toEqual({ training: 3, evaluation: 1, across: 4, prompts: 4 });
  });

  test("and stops when it is told to", async () => {
    const abort = new AbortController();
    const rows = Array.from({ length: 400_000 }, () => ({ prompt: "p", completion: "c" }));
    const many = { ...set(), rows, numbers: rows.map((_, i) => i) };
    const described = describeSet(many, tokenizer, { ...options, signal: abort.signal });
    abort.abort(new Error("enough"));
    await expect(described).rejects.toThrow("enough");
  });
});

describe("describeData", () => {
  const good = Array.from({ length: 40 }, (_, i) => ({
    prompt: `What is ${i}?`,
    completion: `A number, ${i}.`,
  }));
  test("reads as a run of the specification would, and counts what that would stop at", async () => {
    const sft = await put(
      "sft.jsonl",
      lines(...good, { prompt: "x" }, { prompt: "x".repeat(4000), completion: "y" }),
    );
    const about = await describeData({ model: "pythia-tiny", data: { sft }, maxLength: 512 });
    expect(about).toMatchObject({ model: "pythia-tiny", onBadRow: "stop", heldOut: true, dpo: null });
    expect(about.sft).toMatchObject({
      rows: 41,
      training: 40,
      evaluation: 1,
      bad: { count: 1, first: [expect.stringMatching(/sft\.jsonl:41: "completion" is missing/)] },
      tooLong: { count: 1, maxLength: 512, treatment: "stop" },
      duplicates: { training: 0, evaluation: 0, across: 0, prompts: 0 },
    });
    expect(about.sft!.sample).toHaveLength(3);
    expect(about.sft!.sample[0]!.prompt.text).toBe("User: What is 0?\nAssistant: ");
    expect(about.sft!.sample[0]!.responses[0]!.text).toMatch(/^A number, 0\. <\|endoftext\|>$/);
  });
  test("knows the embedded sets, and chat messages without a chat template", async () => {
    const messages = good.map(({ prompt, completion }) => ({
      messages: [
        { role: "user", content: prompt },
        { role: "assistant", content: completion },
      ],
    }));
    const sft = await put("chat.json", JSON.stringify(messages));
    const about = await describeData(
      { model: "pythia-tiny", data: { sft, dpo: "wordnet-preferences" } },
      { sample: 0 },
    );
    expect(about.sft!.chat).toEqual({ rows: 40, by: "template" });
    expect(about.dpo).toMatchObject({ rows: 2400, sample: [], bad: { count: 0 } });
  });
  test("a toy, an unknown option and a wrong name are errors in words", async () => {
    await expect(describeData({ model: "toy:conflict", data: {} })).rejects.toThrow(/has no words/);
    await expect(describeData({ model: "pythia-tiny", data: {}, maxLength: -1 })).rejects.toThrow(
      /maxLength/,
    );
    await expect(describeData({ model: "pythia-tiny", data: { sft: "wordnet-stf" } })).rejects.toThrow(
      /did you mean "wordnet-sft"/,
    );
  });
});

test("a histogram's bins are of a round width, and few", () => {
  for (const longest of [0, 1, 15, 16, 17, 99, 1000, 123_456]) {
    const { width, counts } = histogram([0, longest]);
    expect(counts.length).toBeLessThanOrEqual(16);
    expect(String(width)).toMatch(/^[125]0*$/);
    expect(counts.reduce((a, b) => a + b)).toBe(2);
  }
  expect(histogram([0, 99])).toMatchObject({ width: 10, counts: [1, 0, 0, 0, 0, 0, 0, 0, 0, 1] });
  expect(histogram([])).toEqual({ width: 1, counts: [] });
  expect(quantiles([3, 1, 2]).median).toBe(2);
});
