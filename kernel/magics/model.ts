import type { Magic } from "./magic.ts";
import { changeSettings, settings } from "./settings.ts";

export const model: Magic = {
  name: "model",
  help: "sets the model of the session's runs: an embedded name, toy:conflict, toy:as-printed, a Hugging Face directory, or a .gguf file",
  word: { name: "name", help: "a model", kind: "model", optional: true },
  options: {},
  examples: ["%model pythia-tiny", "%model toy:conflict"],
  async run({ words: [name], word }) {
    const chosen = name ?? (word as string | undefined);
    if (chosen === undefined) {
      process.stdout.write(`model: ${settings().model ?? "none; %model NAME sets one"}\n`);
      return;
    }
    changeSettings({ model: chosen });
    process.stdout.write(`model: ${chosen}\n`);
  },
};
