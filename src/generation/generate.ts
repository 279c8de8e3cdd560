import type { PolicySource } from "./policy.ts";
import { type GenerateOptions, type Generation, loadTextModel, type TextPiece } from "./text-model.ts";

/**
 * Continues prompts with a model, or with what a run has made of one: loads it, generates, and lets it go.
 * `loadTextModel` keeps it for more.
 *
 * ```ts
 * for await (const { text } of generate("pythia-tiny", "What is a pear?")) process.stdout.write(text);
 * const [text] = await generate({ run: "alright-…" }, "What is a pear?", { temperature: 0.7, seed: 1 }).texts();
 * ```
 */
export function generate(
  source: PolicySource | string,
  prompts: string | readonly string[],
  options: GenerateOptions & { readonly threads?: number | null } = {},
): Generation {
  async function* pieces(): AsyncGenerator<TextPiece> {
    const { threads = null, ...rest } = options;
    const model = await loadTextModel(source, { threads });
    try {
      yield* model.generate(prompts, rest);
    } finally {
      await model.dispose();
    }
  }
  return {
    [Symbol.asyncIterator]: pieces,
    async texts() {
      const texts = typeof prompts === "string" ? [""] : prompts.map(() => "");
      for await (const { prompt, text } of pieces()) texts[prompt] += text;
      return texts;
    },
  };
}
