import type { Call, Magic } from "./magic.ts";

/** The compiler reads the mode before the cell is checked; here it is only confirmed. */
export const typecheck = {
  name: "typecheck",
  help: "how strictly cells are checked from this one on: loose (default; no error for a missing annotation), strict, or off (syntax only)",
  word: { name: "mode", help: "a mode", values: ["loose", "strict", "off"] },
  options: {},
  examples: ["%typecheck strict", "%typecheck off"],
  async run({ words: [mode] }: Pick<Call, "words">) {
    process.stdout.write(`type checking: ${mode}\n`);
  },
} satisfies Magic;
