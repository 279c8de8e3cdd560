import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  describeSet,
  loadPreferences,
  loadSft,
  tokenisePreferences,
  tokeniseSft,
} from "../../src/data/index.ts";
import {
  countWords,
  defaultTemplate,
  loadTokenizer,
  type Tokenizer,
  trainBytePairs,
  writeTokenizer,
} from "../../src/text/index.ts";

/** Real data sets beside the repository, where someone has put them. */
const shared = fileURLToPath(new URL("../../../shared/data/", import.meta.url));
const alpaca = join(shared, "alpaca_en_demo.json");
const harmless = join(shared, "hh-rlhf-harmless-test.jsonl.gz");
const present = existsSync(alpaca) && existsSync(harmless);
if (!present) console.log("real data sets are not there (../shared/data): their tests are skipped");

describe.skipIf(!present)("real data", () => {
  let directory: string;
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "alright-real-"));
    const counts = new Map<string, number>();
    for (const row of (await loadSft(alpaca)).rows) countWords(row.completion, counts);
    const pairs = trainBytePairs(counts, { vocabulary: 2048, specials: ["<|endoftext|>"] });
    await writeTokenizer(directory, pairs, { eosText: "<|endoftext|>", maxLength: 2048 });
    tokenizer = await loadTokenizer(directory);
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  test("alpaca_en_demo: 999 instruction rows", async () => {
    const data = await loadSft(alpaca);
    expect(data.rows).toHaveLength(999);
    expect(data.rows[0]!.prompt).toBe("Describe a process of making crepes.");
    const { examples } = tokeniseSft(data, tokenizer, {
      template: defaultTemplate,
      maxLength: 2048,
      tooLong: "stop",
    });
    expect(examples).toHaveLength(999);
    for (const { row, prompt, responses } of examples.slice(0, 50)) {
      const { prompt: asked, completion } = data.rows[row]!;
      expect(tokenizer.decode(prompt)).toBe(`User: ${asked}\nAssistant: `);
      expect(tokenizer.decode(responses[0]!)).toBe(`${completion.trimEnd()} <|endoftext|>`);
    }
    const about = await describeSet(data, tokenizer, {
      template: defaultTemplate,
      maxLength: 2048,
      tooLong: "stop",
      evaluation: { fraction: 0.03, heldOut: true },
    });
    expect(about).toMatchObject({ rows: 999, training: 969, evaluation: 30, tooLong: { count: 0 } });
  });

  test("hh-rlhf harmless test: 2,312 preference rows", async () => {
    const data = await loadPreferences(harmless);
    expect(data.rows).toHaveLength(2312);
    expect(
      data.rows.every(({ prompt }) => prompt.startsWith("\n\nHuman:") && prompt.endsWith("\n\nAssistant:")),
    ).toBe(true);
    const { examples } = tokenisePreferences(data, tokenizer, {
      template: defaultTemplate,
      maxLength: 2048,
      tooLong: "stop",
    });
    expect(examples).toHaveLength(2312);
    expect(examples.every(({ responses }) => responses.length === 2)).toBe(true);
  });
});
