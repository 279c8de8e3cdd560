import { expect, it } from "vitest";
import { loadingCell, trainingCell } from "../../extension/src/cell-text.ts";
import { snapshot } from "../figures/messages.ts";

it.each([
  [{ method: "alright", lambda: 0.25, steps: 300 }, "const run = %alright λ=0.25 steps=300"],
  [{ method: "mix", lambda: 0, steps: 300 }, "const run = %mix λ=0 steps=300"],
  [{ method: "sft", lambda: null, steps: 20 }, "const run = %sft steps=20"],
  [
    { method: "sequential", lambda: null, name: "Sequential SFT → DPO", steps: 300 },
    "const run = %sequential order=sft,dpo",
  ],
  [{ method: "sequential", lambda: null, name: "mine", steps: 300 }, "const run = %sequential"],
  [{ method: "my-method", lambda: 0.5, steps: 300 }, "const run = %run my-method λ=0.5 steps=300"],
])("a cell trains %o again", (run, text) => {
  expect(trainingCell(snapshot(run))).toBe(text);
});

it("a cell loads what a run has trained", () => {
  expect(loadingCell(snapshot({ runId: "2026-01-01-alright" }))).toBe(
    "const model = %load 2026-01-01-alright",
  );
});
