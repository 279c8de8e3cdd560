import type { TranslationBundle } from "@jupyterlab/translation";
import type { View } from "../../src/figures/figure.ts";

/** What a plot has a tab for. */
export type Tab = View | "table";

/** The tabs' names. */
export function captions(trans: TranslationBundle): Readonly<Record<Tab, string>> {
  return {
    objective: trans.__("Objective space"),
    losses: trans.__("Losses"),
    gaps: trans.__("Gaps"),
    distance: trans.__("Ideal distance"),
    logprobs: trans.__("Log-probabilities"),
    steps: trans.__("Steps"),
    resources: trans.__("Resources"),
    weights: trans.__("Weights"),
    bars: trans.__("Bars"),
    front: trans.__("Front"),
    table: trans.__("Table"),
  };
}
