import { defineMethod, step } from "./method.ts";

/** SFT alone (eq. (4)). */
export const sft = defineMethod(
  "sft",
  {},
  function* () {
    while (true) yield step("sft");
  },
  { objectives: ["sft"] },
);

/** DPO alone (eq. (1)). */
export const dpo = defineMethod(
  "dpo",
  {},
  function* () {
    while (true) yield step("dpo");
  },
  { objectives: ["dpo"] },
);
