import type { LanguageModel } from "../models/index.ts";
import type { Parameter, Values } from "../tensor/index.ts";
import { type Factors, slotFactors } from "./feeds.ts";
import type { PackedBatch } from "./packing.ts";
import { gradientName } from "./step-plan.ts";

type GraphOutputs = ReadonlyMap<string, Float32Array>;

export function addTo(into: Values, gradient: Float32Array): void {
  for (let i = 0; i < gradient.length; i++) into[i]! += gradient[i]!;
}

/** Adds `factor` times a row of `from` to a row of `into`. */
export function addRow(
  into: Values,
  row: number,
  from: Float32Array,
  at: number,
  width: number,
  factor: number,
): void {
  const [target, source] = [row * width, at * width];
  for (let i = 0; i < width; i++) into[target + i]! += factor * from[source + i]!;
}

/** The labels' own part of a trained head's gradient: factor · hidden, added to the label's row. */
export function addLabelRows(
  gradient: Values,
  { responses, labels }: PackedBatch,
  hidden: Float32Array,
  factors: Float32Array,
  width: number,
): void {
  for (const { start, end } of responses)
    for (let slot = start; slot < end; slot++)
      addRow(gradient, labels[slot]!, hidden, slot, width, factors[slot]!);
}

export function addLoraGradients(
  outputs: GraphOutputs,
  parameters: readonly Parameter[],
  into: readonly Values[],
) {
  for (const [i, { name }] of parameters.entries()) addTo(into[i]!, outputs.get(gradientName(name))!);
}

/** The embedding's and the labels' gradients arrive as rows, which belong to the rows of their token ids. */
export function addFullGradients(
  outputs: GraphOutputs,
  parameters: readonly Parameter[],
  into: readonly Values[],
  model: LanguageModel,
  packed: PackedBatch,
  factors: Factors,
): void {
  for (const [i, { name }] of parameters.entries()) {
    const gradient = into[i]!;
    if (name === model.head) {
      addTo(gradient, outputs.get("headGradient")!);
      const hidden = outputs.get("targetHidden")!;
      addLabelRows(gradient, packed, hidden, slotFactors(packed, factors), model.width);
    }
    if (name === model.embedding) {
      const rows = outputs.get("embeddedGradient")!;
      for (let token = 0; token < packed.tokens; token++) {
        addRow(gradient, packed.ids[token]!, rows, token, model.width, 1);
      }
    }
    if (name !== model.head && name !== model.embedding) addTo(gradient, outputs.get(gradientName(name))!);
  }
}
