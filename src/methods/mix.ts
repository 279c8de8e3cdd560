import { lambda } from "../runs/options.ts";
import { defineMethod, step } from "./method.ts";

/** Mix: every step descends λ f_DPO + (1 − λ) f_SFT, with a batch and a gradient of each. */
export const mix = defineMethod("mix", { lambda }, function* (options) {
  while (true) yield step({ dpo: options.lambda, sft: 1 - options.lambda });
});
