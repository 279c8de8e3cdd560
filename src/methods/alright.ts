import { lambda } from "../runs/options.ts";
import { defineMethod, step } from "./method.ts";

/** ALRIGHT (Algorithm 2): every step optimises one objective, drawn with probability λ for DPO. */
export const alright = defineMethod("alright", { lambda }, function* (options, random) {
  while (true) yield step(random() < options.lambda ? "dpo" : "sft");
});
