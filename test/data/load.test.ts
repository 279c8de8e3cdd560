import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DataError, loadPreferences, loadSft, resolveData } from "../../src/data/index.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "alright-data-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function put(name: string, content: string | Buffer): Promise<string> {
  const file = join(directory, name);
  await writeFile(file, content);
  return file;
}
const lines = (...rows: unknown[]) => rows.map((row) => JSON.stringify(row)).join("\n");

describe("instruction rows", () => {
  test("alpaca: the prompt is the instruction, and the input on a line of its own where there is one", async () => {
    const file = await put(
      "sft.json",
      JSON.stringify([
        { instruction: "Add.", input: "1 + 1", output: "2" },
        { instruction: "Say hi.", input: "", output: "Hi" },
        { instruction: "Say ho.", output: "Ho", other: 1 },
      ]),
    );
    const { rows, numbers } = await loadSft(file);
    expect(rows).toEqual([
      { prompt: "Add.\n1 + 1", completion: "2" },
      { prompt: "Say hi.", completion: "Hi" },
      { prompt: "Say ho.", completion: "Ho" },
    ]);
    expect(numbers).toEqual([0, 1, 2]);
  });

  test("prompt/completion as JSONL, with blank lines, CRLF and a byte order mark", async () => {
    const file = await put(
      "sft.jsonl",
      `\ufeff${lines({ prompt: "a", completion: "b" })}\r\n\n${lines({ prompt: "c", completion: "d" })}\n`,
    );
    expect((await loadSft(file)).rows).toEqual([
      { prompt: "a", completion: "b" },
      { prompt: "c", completion: "d" },
    ]);
  });

  test("compressed, with the digest of the file as it is", async () => {
    const bytes = gzipSync(lines({ prompt: "a", completion: "b" }));
    const data = await loadSft(await put("sft.jsonl.gz", bytes));
    expect(data.rows).toHaveLength(1);
    expect(data.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
  });
});

describe("preference rows", () => {
  test("hh-rlhf: the prompt goes up to the last common Assistant", async () => {
    const before = "\n\nHuman: Hi\n\nAssistant: Hello\n\nHuman: Joke?\n\nAssistant:";
    const file = await put(
      "dpo.jsonl",
      lines({ chosen: `${before} Knock knock.`, rejected: `${before} Know no joke.` }),
    );
    expect((await loadPreferences(file)).rows).toEqual([
      { prompt: before, chosen: "Knock knock.", rejected: "Know no joke." },
    ]);
  });

  test("hh-rlhf: conversations that part early keep their later turns in the response", async () => {
    const file = await put(
      "dpo.jsonl",
      lines({
        chosen: "\n\nHuman: Hi\n\nAssistant: A\n\nHuman: x\n\nAssistant: B",
        rejected: "\n\nHuman: Hi\n\nAssistant: C\n\nHuman: y\n\nAssistant: D",
      }),
    );
    expect((await loadPreferences(file)).rows[0]).toEqual({
      prompt: "\n\nHuman: Hi\n\nAssistant:",
      chosen: "A\n\nHuman: x\n\nAssistant: B",
      rejected: "C\n\nHuman: y\n\nAssistant: D",
    });
  });

  test("prompt/chosen/rejected; one response may be empty, as in hh-rlhf", async () => {
    const file = await put(
      "dpo.jsonl",
      lines({ prompt: "p", chosen: "c", rejected: "r" }, { prompt: "p", chosen: " ", rejected: "r" }),
    );
    expect((await loadPreferences(file)).rows).toHaveLength(2);
  });
});

describe("a bad row", () => {
  const good = { prompt: "a", completion: "b" };
  test.each<[string, unknown, RegExp]>([
    [
      "empty completion",
      { prompt: "a", completion: " \n" },
      /sft\.jsonl:2: "completion" is empty; each row needs a non-empty response/,
    ],
    [
      "empty prompt",
      { prompt: "", completion: "x" },
      /:2: "prompt" is empty; each row needs a non-empty prompt/,
    ],
    ["missing completion", { prompt: "a" }, /:2: "completion" is missing; the row has the keys "prompt"/],
    ["a number", { prompt: "a", completion: 3 }, /:2: "completion" is a number; expected a text/],
    ["null output", { instruction: "a", output: null }, /:2: "output" is null; expected a text/],
    ["another shape", { question: "a" }, /:2: has the keys "question"; expected \{"instruction"/],
    [
      "preferences",
      { prompt: "a", chosen: "b", rejected: "c" },
      /:2: has the keys "prompt", "chosen", "rejected"; expected/,
    ],
    ["a list", [1], /:2: a list; expected an object/],
  ])("%s names file, line, what was found and what is expected", async (_, row, message) => {
    const file = await put("sft.jsonl", lines(good, row));
    await expect(loadSft(file)).rejects.toThrow(message);
    await expect(loadSft(file)).rejects.toThrow(DataError);
    const skipped = await loadSft(file, { onBadRow: "skip" });
    expect(skipped.rows).toEqual([good]);
    expect(skipped.skipped).toHaveLength(1);
    expect(skipped.skipped[0]).toMatch(message);
  });

  test("broken JSON names its line, blank lines counted", async () => {
    const file = await put("sft.jsonl", `${lines(good)}\n\n{"prompt": \n${lines(good)}`);
    await expect(loadSft(file)).rejects.toThrow(/sft\.jsonl:3: not valid JSON/);
    expect((await loadSft(file, { onBadRow: "skip" })).numbers).toEqual([0, 2]);
  });

  test("a JSON array names the row, from 1", async () => {
    const file = await put("sft.json", JSON.stringify([good, { prompt: "x" }]));
    await expect(loadSft(file)).rejects.toThrow(/sft\.json: row 2: "completion" is missing/);
  });

  test.each<[object, RegExp]>([
    [{ chosen: "x", rejected: "y" }, /no common beginning up to a "\\n\\nAssistant:"/],
    [{ chosen: "x" }, /"rejected" is missing/],
    [{ prompt: "p", chosen: "same", rejected: "same " }, /are the same response/],
    [{ instruction: "i", output: "o" }, /has the keys "instruction", "output"; expected \{"chosen"/],
  ])("of preferences: %j", async (row, message) => {
    await expect(loadPreferences(await put("dpo.jsonl", lines(row)))).rejects.toThrow(message);
  });

  test("when all are bad, skipping is an error too", async () => {
    const file = await put("sft.jsonl", lines({ x: 1 }, { x: 2 }));
    await expect(loadSft(file, { onBadRow: "skip" })).rejects.toThrow(
      /all 2 rows are bad; the first: .*sft\.jsonl:1/,
    );
  });
});

describe("a bad file", () => {
  test.each<[string, string | Buffer, RegExp]>([
    ["empty.jsonl", "\n\n", /has no rows/],
    ["text.jsonl.gz", "plain", /is named \.gz but is not compressed/],
    ["cut.jsonl.gz", gzipSync("x".repeat(999)).subarray(0, 20), /can't be decompressed/],
    ["latin1.jsonl", Buffer.from([0x7b, 0xe9, 0x7d]), /is not UTF-8/],
    ["array.json", "[{", /begins as a JSON array but is not valid JSON/],
    ["rows.parquet", "PAR1", /is a parquet file that can't be read/],
  ])("%s", async (name, content, message) => {
    await expect(loadSft(await put(name, content))).rejects.toThrow(message);
  });

  test("that is not there names the nearest embedded data set", async () => {
    await expect(loadSft(join(directory, "none.jsonl"))).rejects.toThrow(/none\.jsonl: no such data file/);
    await expect(resolveData("wordnet-stf")).rejects.toThrow(/did you mean "wordnet-sft"\?/);
    const file = await put("a.jsonl", "");
    expect(await resolveData(file)).toEqual([file]);
  });
});
