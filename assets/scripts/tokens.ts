import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Example } from "../../src/data/examples.ts";
import { loadTokenizer, type Tokenizer } from "../../src/text/index.ts";
import { readCorpus } from "./corpus.ts";

/** The corpus as tokens: documents one after another, each with the end token after it. */
export interface TokenCorpus {
  readonly training: Uint16Array;
  readonly heldOut: Uint16Array;
}

/** Tokens of the whole corpus, kept in `cache` between runs. */
export async function corpusTokens(model: string, cache: string): Promise<TokenCorpus> {
  const part = async (name: string, make: () => Promise<Uint16Array>) => {
    const file = join(cache, `${name}.tokens`);
    const bytes = await readFile(file).catch(() => undefined);
    if (bytes) return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
    const tokens = await make();
    await mkdir(cache, { recursive: true });
    await writeFile(`${file}.partial`, new Uint8Array(tokens.buffer));
    await rename(`${file}.partial`, file);
    return tokens;
  };
  const corpus = readCorpus();
  const tokenizer = await loadTokenizer(model);
  return {
    training: await part("training", async () => encodeAll((await corpus).training, tokenizer)),
    heldOut: await part("held-out", async () => encodeAll((await corpus).heldOut, tokenizer)),
  };
}

function encodeAll(documents: readonly string[], tokenizer: Tokenizer): Uint16Array {
  const parts = documents.map((text) => tokenizer.encode(text));
  const tokens = new Uint16Array(parts.reduce((sum, part) => sum + part.length + 1, 0));
  let at = 0;
  for (const part of parts) {
    tokens.set(part, at);
    at += part.length;
    tokens[at++] = tokenizer.eos;
  }
  return tokens;
}

/** Stretches of `length` predicted tokens, in order: every token but the first is predicted exactly once. */
export function stretches(tokens: Uint16Array, length: number): Example[] {
  const examples: Example[] = [];
  for (let from = 0; from + 1 < tokens.length; from += length)
    examples.push({
      row: examples.length,
      prompt: Int32Array.of(tokens[from]!),
      responses: [Int32Array.from(tokens.subarray(from + 1, Math.min(from + 1 + length, tokens.length)))],
    });
  return examples;
}
