import { copyFile, mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { ggufTokenizer, loadTokenizer, makeTokenizer, writeTokenizerFiles } from "../text/index.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { readGgufHeader } from "./gguf.ts";
import { isGguf } from "./resolve.ts";

/**
 * The tokenizer of a model: of a Hugging Face directory, or the one that a GGUF file has in its metadata.
 *
 * @throws TextError where there is none, or it is of a kind that is not read
 * @throws CheckpointError where the GGUF file is damaged
 */
export async function loadModelTokenizer(path: string): Promise<Tokenizer> {
  if (!isGguf(path)) return loadTokenizer(path);
  const { metadata } = await readGgufHeader(path);
  return makeTokenizer(ggufTokenizer(metadata, path), { file: path, directory: path });
}

const files = ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja"];

/** Gives a model directory the tokenizer of another one (those files that there are), or of a GGUF file. */
export async function saveTokenizer(from: string, to: string): Promise<void> {
  if (isGguf(from)) {
    const { metadata } = await readGgufHeader(from);
    return writeTokenizerFiles(to, ggufTokenizer(metadata, from));
  }
  await mkdir(to, { recursive: true });
  for (const file of files) {
    const there = await stat(join(from, file)).catch(() => undefined);
    if (there) await copyFile(join(from, file), join(to, file));
  }
}
