import type { OptionEntry } from "../runs/options.ts";
import { defineMethod, measure, stage, step } from "./method.ts";

const options = {
  order: {
    type: "words",
    default: ["dpo", "sft"],
    values: ["dpo", "sft"],
    help: "objectives in the order in which they are trained",
  } as const satisfies OptionEntry,
  steps: {
    type: "integers",
    default: [],
    minimum: 1,
    help: "steps of each stage; left out: the run's steps in equal parts",
  } as const satisfies OptionEntry,
  epochs: {
    type: "integers",
    default: [],
    minimum: 1,
    help: "epochs of each stage, over its own data set; stands for steps",
  } as const satisfies OptionEntry,
  threshold: {
    type: "number",
    default: 0,
    minimum: 0,
    help: "a stage also ends once its objective's loss is below this (0: never)",
  } as const satisfies OptionEntry,
};

/**
 * Sequential (Algorithm 1): T₁ steps on the first objective, then T₂ on the second. The second stage merges what the
 * first has trained and starts afresh; with a threshold, a stage ends early once its next batch's loss is below it.
 */
export const sequential = defineMethod("sequential", options, function* (options, _random, context) {
  const lengths = stageLengths(options, context.steps, context.epoch);
  for (const [i, objective] of options.order.entries()) {
    if (i > 0) yield stage(objective);
    for (let t = 0; t < lengths[i]!; t++) {
      if (options.threshold > 0) {
        const { losses } = yield measure(objective);
        if (losses[objective]! < options.threshold) break;
      }
      yield step(objective);
    }
  }
});

/** Steps of each of Sequential's stages: as given, by epochs, or `steps` in equal parts (the first the longer). */
export function stageLengths(
  options: { order: readonly string[]; steps: readonly number[]; epochs: readonly number[] },
  steps: number,
  epoch: Readonly<Record<string, number>>,
): number[] {
  const { order } = options;
  if (options.steps.length) return [...options.steps];
  if (options.epochs.length) return order.map((objective, i) => options.epochs[i]! * epoch[objective]!);
  return order.map((_, i) => Math.floor((steps + order.length - 1 - i) / order.length));
}
