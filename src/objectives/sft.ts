import type { Objective } from "./objective.ts";

export interface SftOptions {
  /** `tokens`: mean over all response tokens of the batch; `sequences`: mean over rows of each row's sum of tokens. */
  readonly reduction?: "tokens" | "sequences";
}

/**
 * Supervised fine-tuning: the negative log-probability of the response given its prompt, eq. (1) with
 * `reduction: "sequences"`; per token, as trainers report it, with the default.
 */
export function sft({ reduction = "tokens" }: SftOptions = {}): Objective {
  return {
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
  };
}
