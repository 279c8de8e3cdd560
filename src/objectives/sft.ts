import { parseOptions } from "../runs/option-values.ts";
import type { ObjectiveDefinition } from "./definition.ts";
import type { LocalObjective } from "./objective.ts";

const options = {
  reduction: {
    type: "string",
    values: ["tokens", "sequences"],
    default: "tokens",
    help: "mean over tokens, or over rows of each row's sum of tokens",
  },
} as const;

/**
 * Supervised fine-tuning: the negative log-probability of the response given its prompt, eq. (1) of the paper with
 * `reduction: "sequences"` (mean over rows of each row's sum of tokens); the mean over all response tokens of the
 * batch, as trainers and the paper's code have it, with the default.
 */
export const nll: ObjectiveDefinition<typeof options> = {
  name: "nll",
  shape: "sft",
  needsReference: false,
  options,
  source: null,
  create: ({ reduction }) => ({
    name: "sft",
    shape: "sft",
    needsReference: false,
    form: { kind: "linear" },
    value({ logProbs, batch }) {
      const weight = -1 / (reduction === "tokens" ? batch.tokens : batch.rows);
      let loss = 0;
      for (const logProb of logProbs) loss += weight * logProb;
      return { loss, weights: new Float64Array(logProbs.length).fill(weight) };
    },
  }),
};

export interface SftOptions {
  /** `tokens`: mean over all response tokens of the batch; `sequences`: mean over rows of each row's sum of tokens. */
  readonly reduction?: "tokens" | "sequences";
}

/** The SFT objective. @throws SpecificationError for an option that it does not have */
export function sft(options: SftOptions = {}): LocalObjective {
  return nll.create(parseOptions(nll.options, { ...options }, "sft"));
}
