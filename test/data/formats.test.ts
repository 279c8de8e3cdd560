import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { chatFormat, loadPreferences, loadSft, resolveData } from "../../src/data/index.ts";
import { TextRows } from "../../src/data/read-text.ts";
import { defaultTemplate } from "../../src/text/index.ts";
import { lines, temporary } from "./files.ts";

const { directory, put } = temporary();
const chat = chatFormat({ eosText: "$" }, defaultTemplate);
const user = (content: string) => ({ role: "user", content });
const assistant = (content: string) => ({ role: "assistant", content });

/** Rows of every shape, with what they are read as. */
const shapes: Record<
  string,
  { load: typeof loadSft | typeof loadPreferences; rows: object[]; read: object[] }
> = {
  alpaca: {
    load: loadSft,
    rows: [
      { instruction: "Add.", input: "1 + 1", output: "2" },
      { instruction: "Greet.", input: "", output: "Γειά 👋" },
    ],
    read: [
      { prompt: "Add.\n1 + 1", completion: "2" },
      { prompt: "Greet.", completion: "Γειά 👋" },
    ],
  },
  "prompt and completion": {
    load: loadSft,
    rows: [{ prompt: "a", completion: "b", id: 1 }],
    read: [{ prompt: "a", completion: "b" }],
  },
  "prompt and completion as messages": {
    load: loadSft,
    rows: [{ prompt: [user("a")], completion: [assistant("b")] }],
    read: [{ prompt: "a", completion: "b" }],
  },
  messages: {
    load: loadSft,
    rows: [{ messages: [user("a"), assistant("b")] }, { messages: [user("c"), assistant("d")], tools: null }],
    read: [
      { prompt: "a", completion: "b" },
      { prompt: "c", completion: "d" },
    ],
  },
  conversations: {
    load: loadSft,
    rows: [
      {
        conversations: [
          { from: "human", value: "a" },
          { from: "gpt", value: "b" },
        ],
      },
    ],
    read: [{ prompt: "a", completion: "b" }],
  },
  "hh-rlhf": {
    load: loadPreferences,
    rows: [{ chosen: "\n\nHuman: Hi\n\nAssistant: A", rejected: "\n\nHuman: Hi\n\nAssistant: B" }],
    read: [{ prompt: "\n\nHuman: Hi\n\nAssistant:", chosen: "A", rejected: "B" }],
  },
  preferences: {
    load: loadPreferences,
    rows: [{ prompt: "p", chosen: "c", rejected: "r" }],
    read: [{ prompt: "p", chosen: "c", rejected: "r" }],
  },
  "preferences as messages": {
    load: loadPreferences,
    rows: [{ prompt: [user("p")], chosen: [assistant("c")], rejected: [assistant("r")] }],
    read: [{ prompt: "p", chosen: "c", rejected: "r" }],
  },
  "preferences as whole conversations": {
    load: loadPreferences,
    rows: [{ prompt: "p", chosen: [user("p"), assistant("c")], rejected: [user("p"), assistant("r")] }],
    read: [{ prompt: "p", chosen: "c", rejected: "r" }],
  },
};

const formats: Record<string, { name: string; write: (rows: object[]) => string | Buffer }> = {
  "JSON Lines": { name: "a.jsonl", write: (rows) => lines(...rows) },
  "JSON Lines named .json, with a byte order mark, CRLF and blank lines": {
    name: "a.json",
    write: (rows) => `\ufeff\r\n${lines(...rows).replaceAll("\n", "\r\n\r\n")}`,
  },
  "JSON Lines without a last line end": { name: "b.jsonl", write: (rows) => lines(...rows).trimEnd() },
  "a JSON array": { name: "c.json", write: (rows) => JSON.stringify(rows, null, 2) },
  "a JSON array named .jsonl, with a byte order mark": {
    name: "d.jsonl",
    write: (rows) => `\ufeff \n${JSON.stringify(rows)}`,
  },
  "an object with data": { name: "e.json", write: (data) => JSON.stringify({ version: "1", data }, null, 1) },
  "an object with data in one line": { name: "f.json", write: (data) => JSON.stringify({ data }) },
  "an answer of the hub's viewer": {
    name: "g.json",
    write: (rows) =>
      JSON.stringify({
        features: [{ name: "x" }],
        rows: rows.map((row, row_idx) => ({ row_idx, row, truncated_cells: [] })),
      }),
  },
  "compressed JSON Lines": { name: "h.jsonl.gz", write: (rows) => gzipSync(lines(...rows)) },
  "compressed JSON without its name": { name: "i", write: (rows) => gzipSync(JSON.stringify(rows)) },
  "two compressed parts, one after the other": {
    name: "j.jsonl.gz",
    write: (rows) => Buffer.concat(rows.map((row) => gzipSync(lines(row)))),
  },
};

describe.each(Object.entries(formats))("%s", (_, { name, write }) => {
  test.each(Object.entries(shapes))("of %s", async (_shape, { load, rows, read }) => {
    const data = await load(await put(name, write(rows)), { chat });
    expect(data.rows).toEqual(read);
    expect(data.numbers).toEqual(read.map((_row, i) => i));
  });
});

describe("text in pieces", () => {
  test.each([1, 2, 3, 7, 64, 1 << 20])("of %d bytes is read as in one", (size) => {
    const text = Buffer.from(
      `\ufeff\n${lines({ a: "Γ👋" }, { b: 1 })}\nnonsense\n${lines({ c: [1, 2] })}{"d": 1}`,
    );
    const rows: unknown[] = [];
    const reader = new TextRows("x.jsonl", ({ line, value, problem }) => rows.push([line, value ?? problem]));
    for (let at = 0; at < text.length; at += size) reader.push(text.subarray(at, at + size));
    reader.end();
    expect(rows).toEqual([
      [2, { a: "Γ👋" }],
      [3, { b: 1 }],
      [5, expect.stringMatching(/^not valid JSON/)],
      [6, { c: [1, 2] }],
      [7, { d: 1 }],
    ]);
    expect(reader.rows).toBe(5);
  });

  test("a line that never ends is a bad row, and is not kept", async () => {
    const rows: unknown[] = [];
    const reader = new TextRows("x.jsonl", ({ line, problem }) => rows.push([line, problem ?? "good"]));
    reader.push(Buffer.from('{"a":1}\n{"b":"'));
    const piece = Buffer.alloc(1 << 20, "x");
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 300; i++) reader.push(Buffer.from(piece));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200e6);
    reader.push(Buffer.from('"}\n{"c":1}\n'));
    reader.end();
    expect(rows).toEqual([
      [1, "good"],
      [2, expect.stringMatching(/longer than 64 MB/)],
      [3, "good"],
    ]);
  });
});

describe("odd rows", () => {
  const good = { prompt: "a", completion: "b" };
  test("a key that comes twice has its last value, as in JSON.parse and Python", async () => {
    const file = await put("twice.jsonl", '{"prompt":"x","prompt":"a","completion":"b"}');
    expect((await loadSft(file)).rows).toEqual([good]);
  });
  test("keys that objects have anyway are no keys", async () => {
    const file = await put("proto.jsonl", '{"__proto__":{"prompt":"a","completion":"b"}}');
    await expect(loadSft(file)).rejects.toThrow(/:1: has the keys "__proto__"; expected/);
  });
  test("half a surrogate pair is no text", async () => {
    const file = await put("half.jsonl", `${lines(good)}{"prompt":"a","completion":"\\ud83d"}`);
    await expect(loadSft(file)).rejects.toThrow(/:2: "completion" has half of a surrogate pair/);
  });
  test("a line that is not UTF-8 is a bad row, its neighbours are not", async () => {
    const bytes = Buffer.concat([
      Buffer.from(lines(good)),
      Buffer.from([0x7b, 0xe9, 0x7d, 0x0a]),
      Buffer.from(lines(good)),
    ]);
    const data = await loadSft(await put("latin1.jsonl", bytes), { onBadRow: "skip" });
    expect(data.rows).toEqual([good, good]);
    expect(data.skipped).toEqual([expect.stringMatching(/latin1\.jsonl:2: is not UTF-8 text/)]);
  });
  test("a deep value is read or refused, without an end of the process", async () => {
    const file = await put("deep.jsonl", `${lines(good)}${"[".repeat(200_000)}\n`);
    await expect(loadSft(file)).rejects.toThrow(/:2: /);
  });
});

describe("a file of another kind is called by its name", () => {
  test.each<[string, string | Buffer, RegExp]>([
    ["nothing.jsonl", "", /is empty/],
    ["blank.json", " \n\n", /has no rows/],
    ["none.json", "[]", /has no rows/],
    [
      "x.zip",
      Buffer.from("504b030414000000", "hex"),
      /is a zip archive .*expected JSON Lines, JSON or parquet/,
    ],
    ["x.jsonl.zst", Buffer.from("28b52ffd00000000", "hex"), /compressed with zstd/],
    ["x.arrow", "ARROW1\0\0", /an Arrow file; write it with to_parquet/],
    ["utf16.json", Buffer.from('\ufeff[{"a":1}]', "utf16le"), /is UTF-16 text; save it as UTF-8/],
    ["x.csv", "prompt,completion\na,b\n", /x\.csv:1: not valid JSON/],
    ["cut.json", '[{"prompt":"a"', /begins as a JSON array but is not valid JSON/],
    ["pretty.json", '{\n "data": [\n', /begins as a JSON object but is not valid JSON/],
    ["two.json", '{\n"a": 1\n}\n{\n"a": 2\n}', /begins as a JSON object but is not valid JSON/],
    ["inside.gz", gzipSync("PAR1xxxx"), /a parquet file inside gzip/],
    ["half.gz", gzipSync("x".repeat(9999)).subarray(0, 25), /can't be decompressed/],
    ["number.json", "3", /number\.json:1: a number; expected an object/],
  ])("%s", async (name, content, message) => {
    await expect(loadSft(await put(name, content))).rejects.toThrow(message);
  });

  test("a gzip bomb is refused before it fills the memory", async () => {
    // 1 MB that becomes 1 GB, of zeros: one line that never ends.
    const part = gzipSync(Buffer.alloc(1 << 26));
    const file = await put("bomb.jsonl.gz", Buffer.concat(Array.from({ length: 16 }, () => part)));
    const before = process.memoryUsage().rss;
    await expect(loadSft(file)).rejects.toThrow(/is over [\d,]+ MB|longer than 64 MB|not valid JSON/);
    expect(process.memoryUsage().rss - before).toBeLessThan(1e9);
  });
});

describe("several files", () => {
  const rows = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => ({ prompt: `p${from + i}`, completion: "c" }));
  test("a list, a directory and a pattern are read in order, and rows keep their places", async () => {
    const first = await put("set/train-00000-of-00002.jsonl", lines(...rows(0, 3)));
    const second = await put(
      "set/train-00001-of-00002.jsonl",
      `${lines(...rows(3, 1))}\n${lines(...rows(4, 1), { x: 1 })}`,
    );
    await put("set/test-00000-of-00001.jsonl", lines(...rows(9, 1)));
    await put("set/dataset_info.json", "{}");
    const all = await loadSft([first, second], { onBadRow: "skip" });
    expect(all.rows.map(({ prompt }) => prompt)).toEqual(["p0", "p1", "p2", "p3", "p4"]);
    expect(all.numbers).toEqual([0, 1, 2, 3, 4]);
    expect(all.where!(4)).toBe(`${second}:3`);
    expect(all.skipped[0]).toMatch(/train-00001-of-00002\.jsonl:4: has the keys "x"/);
    for (const path of [
      `${directory}/set`,
      `${directory}/set/train-*`,
      await resolveData(`${directory}/set/tr?in-*.jsonl`),
    ]) {
      const same = await loadSft(path, { onBadRow: "skip" });
      expect(same.rows).toEqual(all.rows);
      expect(same.sha256).toBe(all.sha256);
    }
    expect((await loadSft([second, first], { onBadRow: "skip" })).sha256).not.toBe(all.sha256);
  });
  test("a repository with its files in data/", async () => {
    await put("repository/README.md", "# x");
    await put("repository/data/train.jsonl", lines(...rows(0, 2)));
    await put("repository/data/validation.jsonl", lines(...rows(5, 1)));
    expect((await loadSft(`${directory}/repository`)).rows).toHaveLength(2);
  });
  test.each<[string, string[], string, RegExp]>([
    [
      "a missing shard",
      ["s/train-00000-of-00003.jsonl", "s/train-00002-of-00003.jsonl"],
      "s",
      /train-00001-of-00003: this shard is missing; 2 of 3 are there/,
    ],
    [
      "several data sets",
      ["v/b.jsonl", "v/a.jsonl"],
      "v",
      /has several data sets \(a, b\); name a file, or a pattern such as .*a\*/,
    ],
    ["no data files", ["n/readme.txt"], "n", /is a directory without data files/],
    ["a pattern that fits none", ["n/readme.txt"], "n/*.jsonl", /no file fits this pattern/],
    ["no such file", [], "nowhere.jsonl", /nowhere\.jsonl: no such data file/],
  ])("%s is an error", async (_, files, path, message) => {
    for (const file of files) await put(file, lines(...rows(0, 1)));
    await expect(loadSft(`${directory}/${path}`)).rejects.toThrow(message);
  });
});
