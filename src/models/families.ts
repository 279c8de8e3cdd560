import { gptNeox } from "./gpt-neox.ts";
import { llama } from "./llama.ts";
import { type LanguageModel, ModelError } from "./model.ts";

const families: Readonly<Record<string, (config: Readonly<Record<string, unknown>>) => LanguageModel>> = {
  gpt_neox: gptNeox,
  llama,
};

/** The model that a `config.json` describes. */
export function modelOf(config: Readonly<Record<string, unknown>>): LanguageModel {
  const family = families[String(config.model_type)];
  if (family) return family(config);
  throw new ModelError(
    `config.json: "model_type" is ${JSON.stringify(config.model_type)}; supported: ${Object.keys(families).join(", ")}`,
  );
}
