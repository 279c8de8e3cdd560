import { displayData } from "../runtime/display.ts";
import type { Magic } from "./magic.ts";
import { MagicError, written } from "./magic.ts";
import { suggestion } from "./option.ts";
import { describeMagic } from "./reference.ts";

export const help: Magic = {
  name: "help",
  help: "lists the magics, or explains one",
  word: { name: "magic", help: "a magic", optional: true, kind: "magic" },
  options: {},
  examples: ["%help", "%help alright"],
  async run({ words: [name], magics }) {
    if (name === undefined) {
      const lines = [...magics.values()].map((magic) => `- \`${written(magic)}\`: ${magic.help}`);
      const markdown = `${lines.join("\n")}\n\n\`%help NAME\` explains one. \`λ=0.5\`, \`lambda=0.5\` and \`--lambda 0.5\` are the same; \`λ={expression}\` takes TypeScript; \`const run = %alright λ=0.5\` gives the run.`;
      displayData({ "text/markdown": markdown, "text/plain": markdown.replace(/`/g, "") });
      return;
    }
    const magic = magics.get(name.replace(/^%/, ""));
    if (!magic)
      throw new MagicError(`%help ${name}: no magic has that name${suggestion(name, magics.keys())}`);
    const markdown = describeMagic(magic);
    displayData({ "text/markdown": markdown, "text/plain": markdown.replace(/[`*]/g, "") });
  },
};
