import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { saveModel } from "../../src/checkpoints/index.ts";
import { initialise } from "../../src/engine/index.ts";
import { countWords, trainBytePairs, writeTokenizer } from "../../src/text/index.ts";

const fruits = ["apple", "pear", "plum", "fig", "grape", "lemon", "melon", "peach"];

/**
 * A GPT-NeoX of random weights with its own tokenizer, in a directory as Hugging Face has it.
 * @param changes to its `config.json`, as another `model_type`
 */
export async function writeTinyModel(
  directory: string,
  maxLength = 128,
  changes: object = {},
): Promise<void> {
  const counts = countWords(`${fruits.join(" ")} Tell me about User Assistant a round sweet fruit`);
  const pairs = trainBytePairs(counts, { vocabulary: 280, specials: ["<|endoftext|>"] });
  await writeTokenizer(directory, pairs, { eosText: "<|endoftext|>", maxLength });
  const config = {
    model_type: "gpt_neox",
    hidden_size: 16,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    intermediate_size: 32,
    vocab_size: 288,
    max_position_embeddings: maxLength,
    rotary_pct: 0.5,
    initializer_range: 0.2,
    eos_token_id: 0,
    ...changes,
  };
  await saveModel(directory, initialise(config, 1));
}

/** 40 instruction rows and 30 preference rows about fruit. */
export function writeTinyData(directory: string): { sft: string; dpo: string } {
  mkdirSync(directory, { recursive: true });
  const lines = (rows: object[]) => `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`;
  const fruit = (i: number) => fruits[i % fruits.length]!;
  const prompt = (i: number) => `Tell me about ${fruit(i)} ${i}`;
  const sft = Array.from({ length: 40 }, (_, i) => ({
    prompt: prompt(i),
    completion: `${fruit(i)} a sweet fruit`,
  }));
  const dpo = Array.from({ length: 30 }, (_, i) => ({
    prompt: prompt(i + 3),
    chosen: `a round ${fruit(i)}`,
    rejected: `${fruit(i + 1)} about me`,
  }));
  writeFileSync(join(directory, "sft.jsonl"), lines(sft));
  writeFileSync(join(directory, "dpo.jsonl"), lines(dpo));
  return { sft: join(directory, "sft.jsonl"), dpo: join(directory, "dpo.jsonl") };
}
