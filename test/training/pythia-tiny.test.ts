import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { assetPath } from "../../src/assets.ts";
import { train } from "../../src/index.ts";

const present = existsSync(assetPath("models/pythia-tiny/model.safetensors"));
if (!present) console.log("pythia-tiny has no weights here: training it is skipped");
const runs = mkdtempSync(join(tmpdir(), "alright-pythia-"));
afterAll(() => rmSync(runs, { recursive: true }));

describe.skipIf(!present)("pythia-tiny", () => {
  test("learns with ALRIGHT, from the embedded data, against a reference trained on the chosen responses", async () => {
    const run = train(
      {
        model: "pythia-tiny",
        data: {
          sft: assetPath("data/wordnet-sft-heldout.jsonl"),
          dpo: assetPath("data/wordnet-preferences-heldout.jsonl"),
        },
        method: { name: "alright", lambda: 0.5 },
        steps: 30,
        reference: { sft: "chosen", steps: 10 },
        ideal: { dpo: 0, sft: 0 },
        optimizer: { learningRate: 2e-3 },
        evaluation: { every: 10, fraction: 0.1 },
      },
      { runs },
    );
    const { losses } = await run.done;
    const { start, series } = run.snapshot();
    expect(series.step).toEqual([0, 10, 20, 30]);
    expect(losses.sft!).toBeLessThan(start!.sft);
    expect(losses.dpo!).toBeLessThan(start!.dpo);
  }, 300_000);
});
