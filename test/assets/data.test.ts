import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { isRight } from "../../assets/scripts/questions.ts";
import { makeDataSets } from "../../assets/scripts/sets.ts";
import { assetPath } from "../../src/assets.ts";
import { embeddedData, loadPreferences, loadSft, resolveData } from "../../src/data/index.ts";

type Row = Record<string, string> & { accept: string[] };

const house =
  /^Entry: .+ \((noun|verb|adjective)\)\. (Definition|Example|Category|Synonym|Antonym|Answer): .+ Source: WordNet\.$/;
const preferences = ["wordnet-preferences-none", "wordnet-preferences", "wordnet-preferences-strong"];
const shipped = new Map<string, Row[]>();

beforeAll(async () => {
  const pairs = ["wordnet-sft", ...preferences].flatMap((name) => [name, `${name}-heldout`]);
  for (const file of [...pairs, "wordnet-choices", "wordnet-choices-dev", "wordnet-questions-heldout"]) {
    const text = await readFile(assetPath(`data/${file}.jsonl`), "utf8");
    shipped.set(
      file,
      text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    );
  }
});

/** The responses of a transcript. */
const responses = (row: Row) =>
  [row.chosen!, row.rejected!].map((text) =>
    text.slice(text.indexOf("\n\nAssistant: ") + "\n\nAssistant: ".length),
  );

describe("the embedded data sets", () => {
  test("are what their script makes", async () => {
    const made = await makeDataSets();
    expect([...made.keys()].map((file) => file.replace(".jsonl", "")).sort()).toEqual(
      [...shipped.keys()].sort(),
    );
    for (const [file, rows] of made) expect(shipped.get(file.replace(".jsonl", ""))).toEqual(rows);
  });

  test("are read by their names, with enough rows", async () => {
    for (const [name, { for: use }] of Object.entries(embeddedData)) {
      const load = use === "sft" ? loadSft : loadPreferences;
      const data = await load(await resolveData(name));
      expect(data.rows.length).toBe(use === "sft" ? 4800 : 2400);
      const [file] = await resolveData(name);
      const heldOut = await load(file!.replace(".jsonl", "-heldout.jsonl"));
      expect(heldOut.rows.length).toBe(use === "sft" ? 480 : 240);
    }
  });

  test("multiple choice: four different choices, as many questions a subject, right places evenly spread", () => {
    const rows = shipped.get("wordnet-choices") as unknown as {
      subject: string;
      question: string;
      choices: string[];
      answer: number;
    }[];
    expect(new Set(rows.map(({ question }) => question)).size).toBe(rows.length);
    for (const { choices } of rows) expect(new Set(choices).size).toBe(4);
    for (const subject of new Set(rows.map(({ subject }) => subject)))
      expect(rows.filter((row) => row.subject === subject)).toHaveLength(60);
    for (const place of [0, 1, 2, 3]) {
      const share = rows.filter(({ answer }) => answer === place).length / rows.length;
      expect(share).toBeGreaterThan(0.18);
      expect(share).toBeLessThan(0.32);
    }
  });

  test("share no word: instructions, preferences, and what each holds out", () => {
    const words = (file: string) => new Set(shipped.get(file)!.map(({ word }) => word!));
    const sets = [
      "wordnet-sft",
      "wordnet-sft-heldout",
      "wordnet-preferences",
      "wordnet-preferences-heldout",
    ].map(words);
    for (const [i, one] of sets.entries())
      for (const other of sets.slice(i + 1)) expect([...one].filter((word) => other.has(word))).toEqual([]);
  });

  test("end with rows about words that no earlier row is about", () => {
    // What is trained on; the other files are only asked.
    for (const [file, rows] of shipped) {
      if (file.startsWith("wordnet-choices") || file.startsWith("wordnet-questions")) continue;
      const at = Math.round(rows.length * 0.97);
      // Where a word has two rows, the cut may fall between them.
      const before = new Set(rows.slice(0, at - 1).map(({ word }) => word));
      expect(
        rows.slice(at + 1).filter(({ word }) => before.has(word)),
        file,
      ).toEqual([]);
    }
  });

  test("answer every instruction rightly, in the house style", () => {
    for (const file of ["wordnet-sft", "wordnet-sft-heldout"])
      for (const { completion, accept } of shipped.get(file)!) {
        expect(completion).toMatch(house);
        expect(isRight(completion!, accept)).toBe(true);
      }
    const kinds = new Set(shipped.get("wordnet-sft")!.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(["antonym", "category", "define", "example", "reverse", "synonym"]);
  });

  test("without conflict the house style is always chosen; with strong conflict it is always rejected", () => {
    for (const row of shipped.get("wordnet-preferences-none")!) expect(responses(row)[0]).toMatch(house);
    for (const row of shipped.get("wordnet-preferences-strong")!) {
      const [chosen, rejected] = responses(row);
      expect(chosen).not.toMatch(house);
      expect(rejected).toMatch(house);
      expect(chosen!.length).toBeLessThan(rejected!.length);
    }
  });

  test("the default rejects the house style in half of the rows, and a wrong fact in the others", () => {
    const rows = shipped.get("wordnet-preferences")!;
    expect(rows.every((row) => !house.test(responses(row)[0]!))).toBe(true);
    const style = rows.filter((row) => house.test(responses(row)[1]!));
    expect(style.length / rows.length).toBeGreaterThan(0.46);
    expect(style.length / rows.length).toBeLessThan(0.54);
    expect(style.every(({ contrast }) => contrast === "style")).toBe(true);
    for (const row of rows.filter(({ contrast }) => contrast === "fact")) {
      const [chosen, rejected] = responses(row);
      expect(rejected).not.toBe(chosen);
      expect(rejected!.slice(0, 4)).toBe(chosen!.slice(0, 4)); // the same form
    }
  });
});
