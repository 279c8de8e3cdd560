import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { TextError } from "./error.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { makeTokenizer } from "./tokenizer-files.ts";

type Json = Record<string, unknown>;

/**
 * The tokenizer of a Hugging Face directory: `tokenizer.json`, and the end token from `tokenizer_config.json`,
 * `special_tokens_map.json` or `config.json`, in that order; its chat template, where it has one, from
 * `chat_template.jinja` or `tokenizer_config.json`.
 *
 * @throws TextError where a file is missing or broken, or no end token is named
 */
export async function loadTokenizer(directory: string): Promise<Tokenizer> {
  const file = join(directory, "tokenizer.json");
  const definition = await readJson(file);
  if (!definition)
    throw new TextError(
      `${file}: not found; a model directory needs its tokenizer.json (older models: save it once with transformers' AutoTokenizer.save_pretrained)`,
    );
  const settings = (await readJson(join(directory, "tokenizer_config.json"))) ?? {};
  const specials = (await readJson(join(directory, "special_tokens_map.json"))) ?? {};
  const config = (await readJson(join(directory, "config.json"))) ?? {};

  const chatTemplate = await readText(join(directory, "chat_template.jinja"));

  return makeTokenizer({ definition, settings, specials, config, chatTemplate }, { file, directory });
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new TextError(`${file}: ${(error as Error).message}`);
  }
}

async function readJson(file: string): Promise<Json | undefined> {
  const text = await readText(file);
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch (error) {
    throw new TextError(`${file}: not valid JSON (${(error as Error).message})`);
  }
  throw new TextError(`${file}: expected a JSON object`);
}
