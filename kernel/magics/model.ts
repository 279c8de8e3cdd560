import { didYouMean } from "../../src/runs/error.ts";
import type { Magic } from "./magic.ts";
import { changeSettings, settings } from "./settings.ts";

const TOYS = ["toy:conflict", "toy:as-printed"];

export const model: Magic = {
  name: "model",
  help: "sets the model of the session's runs: an embedded name, toy:conflict, toy:as-printed, a Hugging Face directory, a .gguf file, or hub:owner/name, which is downloaded; says how it would be trained",
  word: { name: "name", help: "a model", kind: "model", optional: true },
  options: {},
  examples: ["%model pythia-tiny", "%model toy:conflict", "%model hub:EleutherAI/pythia-70m"],
  async run({ words: [name], word }) {
    const chosen = name ?? (word as string | undefined) ?? (settings().model as string | undefined);
    if (chosen === undefined) {
      process.stdout.write("model: none; %model NAME sets one\n");
      return;
    }
    const described = await description(chosen);
    changeSettings({ model: chosen });
    process.stdout.write(`model: ${chosen}${described}\n`);
  },
};

/** What the model is, and which plan would train it and why. @throws where there is no such model */
async function description(name: string): Promise<string> {
  if (name.startsWith("toy:")) {
    if (TOYS.includes(name)) return ", two weights, in float64";
    throw new Error(`model "${name}" is no toy${didYouMean(name, TOYS)} (toys: ${TOYS.join(", ")})`);
  }
  const { lora, memory } = settings() as { lora?: object | null; memory?: number | null };
  const [{ describeModel }, { Lora }, { progressWriter }] = await Promise.all([
    import("../../src/training/describe-model.ts"),
    import("../../src/runs/specification.ts"),
    import("../../src/hub/index.ts"),
  ]);
  const of = await describeModel(
    name,
    { lora: lora === null ? null : Lora.parse(lora ?? {}), memory: memory ?? null },
    progressWriter((text) => process.stdout.write(text), { inPlace: true }),
  );
  const millions = of.parameters / 1e6;
  const size =
    millions >= 1000 ? `${(millions / 1000).toFixed(1)} billion` : `${millions.toFixed(1)} million`;
  return (
    `, ${of.type} of ${size} parameters (${of.layers} layers of ${of.width}, vocabulary ${of.vocabulary}, up to ${of.maxLength} tokens)\n` +
    `trained ${of.memory.reason}`
  );
}
