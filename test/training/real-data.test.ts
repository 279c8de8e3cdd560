import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { train } from "../../src/index.ts";
import { eventsOf } from "./in-process.ts";
import { writeTinyModel } from "./tiny-model.ts";

/** Real data sets beside the repository, where someone has put them. */
const shared = fileURLToPath(new URL("../../../shared/data/", import.meta.url));
const data = {
  sft: join(shared, "alpaca_en_demo.json"),
  dpo: join(shared, "hh-rlhf-harmless-test.jsonl.gz"),
};
const present = existsSync(data.sft) && existsSync(data.dpo);
if (!present) console.log("real data sets are not there (../shared/data): training on them is skipped");

const directory = mkdtempSync(join(tmpdir(), "alright-real-"));
afterAll(() => rmSync(directory, { recursive: true }));

describe.skipIf(!present)("alpaca and hh-rlhf, from their files as they are", () => {
  beforeAll(() => writeTinyModel(join(directory, "model"), 160));

  for (const [name, lora] of [
    ["alright", { rank: 4, alpha: 4 }],
    ["mix", null],
  ] as const)
    test(`${name} trains a few steps, ${lora ? "an adapter" : "all weights"}`, async () => {
      const run = train(
        {
          model: join(directory, "model"),
          data,
          method: { name },
          steps: 4,
          lora,
          ideal: { dpo: 0, sft: 0 },
          optimizer: { learningRate: 1e-2 },
          batchSize: { sft: 4, dpo: 4 },
          maxLength: 160,
          tooLong: "cut",
          evaluation: { fraction: 0.005 },
          threads: 1,
        },
        { runs: join(directory, "runs") },
      );
      const { losses } = await run.done;
      const steps = eventsOf({ path: run.directory }).filter(({ type }) => type === "step");
      expect(steps).toHaveLength(4);
      const start = run.snapshot().start!;
      expect(start.dpo).toBeCloseTo(Math.log(2), 5);
      // An adapter on random attention learns little in four steps; all weights learn at once.
      if (lora) expect(losses.sft).not.toBe(start.sft);
      else expect(losses.sft!).toBeLessThan(start.sft - 0.1);
    });
});
