import { configOrigin } from "../checkpoints/model.ts";
import { shown } from "../shown.ts";
import { gptNeox } from "./gpt-neox.ts";
import { llama } from "./llama.ts";
import { type LanguageModel, ModelError } from "./model.ts";

const families: Readonly<Record<string, (config: Readonly<Record<string, unknown>>) => LanguageModel>> = {
  gpt_neox: gptNeox,
  llama,
};

/** The model that a `config.json` describes. @throws ModelError naming file and key */
export function modelOf(config: Readonly<Record<string, unknown>>): LanguageModel {
  try {
    return read(config);
  } catch (error) {
    // Where the config was read is more use than its usual name.
    const origin = configOrigin(config);
    if (origin !== null && error instanceof ModelError)
      error.message = error.message.replace(/^config\.json/, () => origin);
    throw error;
  }
}

function read(config: Readonly<Record<string, unknown>>): LanguageModel {
  const { model_type: type } = config;
  if (typeof type === "string" && Object.hasOwn(families, type)) return families[type]!(config);
  throw new ModelError(
    `config.json: "model_type" is ${shown(config.model_type)}; supported: ${Object.keys(families).join(", ")}`,
  );
}
