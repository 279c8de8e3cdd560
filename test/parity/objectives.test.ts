/** Values and derivatives of every loss against PyTorch's; make-objectives.py says how its numbers were made. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { objectiveOf } from "../../src/objectives/index.ts";

interface Document {
  readonly logProbs: number[];
  readonly reference: number[];
  readonly lengths: number[];
  readonly cases: {
    readonly loss: string;
    readonly options: Record<string, number | boolean | string>;
    readonly value: number;
    readonly weights: number[];
  }[];
}

const file = new URL("fixtures/objectives.json", import.meta.url);
const { logProbs, reference, lengths, cases } = JSON.parse(readFileSync(file, "utf8")) as Document;

describe("losses and their derivatives are PyTorch's", () => {
  it.each(cases)("$loss $options", ({ loss, options, value, weights }) => {
    const slot = loss === "nll" ? "sft" : "dpo";
    const objective = objectiveOf(slot, { loss, ...options });
    const responses = slot === "sft" ? 1 : 2;
    const chosen = (values: number[]) => values.filter((_, i) => responses === 2 || i % 2 === 0);
    const given = chosen(lengths);
    const found = objective.value({
      logProbs: Float64Array.from(chosen(logProbs)),
      reference: objective.needsReference ? Float64Array.from(reference) : null,
      lengths: Int32Array.from(given),
      responses,
      batch: { rows: given.length / responses, tokens: given.reduce((a, b) => a + b, 0) },
    });
    expect(Math.abs(found.loss - value)).toBeLessThan(1e-12 * Math.abs(value));
    const size = Math.hypot(...weights);
    for (const [i, weight] of weights.entries())
      expect(Math.abs(found.weights[i]! - weight)).toBeLessThan(1e-12 * size);
  });
});
