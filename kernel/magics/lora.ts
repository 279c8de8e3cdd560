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
      help: "scale: α / rank multiplies the adapter, or α / √rank with rslora (default 32)",
    },
    targets: {
      type: "words",
      help: "linear layers that get one: names, patterns with *, or all-linear (default: the model's own, query_key_value of GPT-NeoX, q_proj and v_proj of Llama)",
    },
    dropout: { type: "number", minimum: 0, maximum: 1, help: "dropout before the adapter (default 0)" },
    rslora: { type: "boolean", help: "rank-stabilised scale α / √rank (default false)" },
  },
  examples: ["%lora rank=8 alpha=16", "%lora targets=all-linear rslora=true", "%lora off"],
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
