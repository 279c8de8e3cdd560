import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { chatFormat, DataError, loadPreferences, loadSft } from "../../src/data/index.ts";
import { defaultTemplate } from "../../src/text/index.ts";
import { temporary } from "./files.ts";

/** Written by pyarrow and `datasets`: make-parquet-fixtures.py. */
const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}.parquet`, import.meta.url));
const chat = chatFormat({ eosText: "$" }, defaultTemplate);
const { directory, put } = temporary();
const pairs = Array.from({ length: 10 }, (_, i) => ({ prompt: `p${i}`, completion: `c${i % 3}` }));

describe("parquet", () => {
  test.each(["none", "snappy", "gzip", "brotli", "zstd", "lz4", "v2"])(
    "compressed or encoded as %s",
    async (name) => {
      const data = await loadSft(fixture(`pairs-${name}`));
      expect(data.rows).toEqual(pairs);
      expect(data.where!(9)).toMatch(/pairs-.*\.parquet: row 10$/);
    },
  );
  test("of alpaca rows, with a null input", async () => {
    expect((await loadSft(fixture("alpaca"))).rows).toEqual([
      { prompt: "Add.\n1 + 1", completion: "2" },
      { prompt: "Say hi in Greek.", completion: "Γειά σου 👋" },
      { prompt: "Say ho.", completion: "Ho" },
    ]);
  });
  test("of messages, as lists of objects", async () => {
    const { rows } = await loadSft(fixture("messages"), { chat });
    expect(rows).toHaveLength(5);
    expect(rows[3]).toEqual({
      prompt: "Be brief.\n\n3 + 1?\nAssistant: 4 $\nUser: Sure?",
      completion: "Yes.",
    });
  });
  test("of messages, as the object of lists that older files have", async () => {
    expect((await loadSft(fixture("sequence"), { chat })).rows).toEqual([{ prompt: "Hi", completion: "Ho" }]);
  });
  test("of preferences with the prompt in both conversations", async () => {
    const { rows } = await loadPreferences(fixture("preferences"), { chat });
    expect(rows[2]).toEqual({ prompt: "Name number 2.", chosen: "Number 2 it is.", rejected: "No." });
  });
  test("in shards", async () => {
    const [first, second] = ["train-00000-of-00002", "train-00001-of-00002"].map(fixture);
    for (const name of [first!, second!])
      await put(`shards/${name.slice(name.lastIndexOf("/") + 1)}`, readFileSync(name));
    expect((await loadSft(`${directory}/shards`)).rows).toEqual(pairs);
    expect((await loadSft([first!, second!])).rows).toEqual(pairs);
  });
  test("rows of wrong types say what they have", async () => {
    await expect(loadSft(fixture("wrong-types"))).rejects.toThrow(
      /wrong-types\.parquet: row 1: "prompt" is a bigint; expected a text/,
    );
  });
  test("other columns and no rows are errors of the file", async () => {
    await expect(loadSft(fixture("other-columns"))).rejects.toThrow(
      /other-columns\.parquet: has the columns "question", "answer"; expected some of instruction, /,
    );
    await expect(loadSft(fixture("no-rows"))).rejects.toThrow(/no-rows\.parquet: has no rows/);
  });
});

describe("a damaged parquet file", () => {
  const whole = readFileSync(fixture("pairs-snappy"));
  test("that is cut says so, wherever it is cut", async () => {
    for (const length of [4, 5, 8, 12, 100, whole.length - 9, whole.length - 1]) {
      const file = await put("cut.parquet", whole.subarray(0, length));
      await expect(loadSft(file), `${length} bytes`).rejects.toThrow(/cut\.parquet: .*(damaged|metadata)/);
    }
  });
  test("is read or refused as a data error, whatever byte is wrong, in bounded memory", async () => {
    const before = process.memoryUsage().rss;
    let refused = 0;
    for (let at = 4; at < whole.length; at++)
      for (const value of [0x00, 0x7f, 0xff]) {
        const bytes = Buffer.from(whole);
        bytes[at] = value;
        const file = await put("damaged.parquet", bytes);
        try {
          await loadSft(file, { onBadRow: "skip" });
        } catch (error) {
          refused++;
          if (!(error instanceof DataError)) throw new Error(`byte ${at} as ${value}`, { cause: error });
        }
      }
    expect(refused).toBeGreaterThan(whole.length);
    expect(process.memoryUsage().rss - before).toBeLessThan(1e9);
  }, 60_000);
  test("that is none, but is named so", async () => {
    await expect(loadSft(await put("text.parquet", "{}"))).rejects.toThrow(
      /does not begin as a parquet file/,
    );
  });
});
