import type { Magic } from "./magic.ts";
import { changeSettings, settings } from "./settings.ts";

export const lora: Magic = {
  name: "lora",
  help: "sets the LoRA adapter of the session's runs; `%lora off` trains all weights",
  word: { name: "off", help: "off", optional: true, values: ["off", "on"] },
  options: {
    rank: { type: "integer", minimum: 1, aliases: ["r"], help: "rank of the adapter (default 32)" },
    alpha: {
      type: "number",
      minimum: 0,
      aliases: ["α"],
      help: "scale: α / rank multiplies the adapter (default 32)",
    },
    targets: { type: "words", help: "linear layers that get one (default query_key_value)" },
    dropout: { type: "number", minimum: 0, maximum: 1, help: "dropout before the adapter (default 0)" },
  },
  examples: ["%lora rank=8 alpha=16", "%lora off"],
  async run({ words: [state], options }) {
    // `on` takes the library's defaults back.
    if (state !== undefined) changeSettings({ lora: state === "off" ? null : undefined });
    if (Object.keys(options).length > 0) changeSettings({ lora: options });
    const now = settings().lora;
    process.stdout.write(
      `lora: ${now === null ? "off, all weights are trained" : JSON.stringify(now ?? "default")}\n`,
    );
  },
};
