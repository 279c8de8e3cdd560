import { lambda, type OptionEntry } from "../runs/options.ts";
import { defineMethod, measure, step } from "./method.ts";

const k = {
  type: "integer",
  default: 10,
  minimum: 1,
  help: "steps from one evaluation of both objectives to the next (1: Algorithm 3)",
} as const satisfies OptionEntry<number>;

/**
 * MAXRIGHT: every step optimises the objective with the larger weighted optimality gap, λ (f_DPO − f*_DPO) against
 * (1 − λ) (f_SFT − f*_SFT); a tie goes to DPO. Algorithm 3 measures both at every step (k = 1). Algorithm 4 measures
 * both at the first and at every k-th step; in between it goes by the last values seen.
 */
export const maxright = defineMethod(
  "maxright",
  { lambda, k },
  function* (options, _random, { ideal }) {
    const best = ideal ?? { dpo: 0, sft: 0 };
    const seen = { dpo: 0, sft: 0 };
    for (let t = 1; ; t++) {
      if (t === 1 || t % options.k === 0) Object.assign(seen, (yield measure("dpo", "sft")).losses);
      const dpoGap = options.lambda * (seen.dpo - best.dpo!);
      const sftGap = (1 - options.lambda) * (seen.sft - best.sft!);
      const objective = dpoGap >= sftGap ? "dpo" : "sft";
      const { losses } = yield step(objective);
      seen[objective] = losses[objective]!;
    }
  },
  { needsIdeal: true },
);
