import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { DataSet, Example, Tokenised } from "../data/index.ts";
import type { Specification } from "../runs/specification.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { type Codec, cached } from "./cached.ts";
import type { Preparation } from "./workshop.ts";

/** Smaller sets are tokenised before a file of theirs would be found. */
const worthKeeping = 2000;

/** What a tokenizer reads of its directory. */
const tokenizerFiles = [
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "config.json",
  "chat_template.jinja",
];

/** The tokens of a data set, made by the first run that needs them. */
export async function cachedTokens(
  slot: "sft" | "dpo",
  data: DataSet<unknown>,
  { chat }: Tokenizer,
  specification: Specification,
  modelPath: string | null,
  preparation: Preparation,
  tokenise: () => Tokenised,
): Promise<Tokenised> {
  const tokenizer = modelPath === null ? null : digestOfTokenizer(modelPath);
  if (tokenizer === null || data.rows.length < worthKeeping) return tokenise();
  const { template, maxLength, tooLong, onBadRow } = specification;
  const key = { data: data.sha256, tokenizer, chat, template, maxLength, tooLong, onBadRow };
  return cached(preparation, `tokens-${slot}`, key, tokenise, tokens);
}

/** null for a GGUF file, whose tokenizer is in its metadata. */
function digestOfTokenizer(directory: string): string | null {
  if (!statSync(directory).isDirectory()) return null;
  const hash = createHash("sha256");
  for (const name of tokenizerFiles) {
    const file = join(directory, name);
    hash.update(`${name}\0`);
    if (existsSync(file)) hash.update(readFileSync(file));
  }
  return hash.digest("hex");
}

/**
 * Int32 throughout, in this machine's order: how many were too long, the number of examples; of each its row, the lengths of the prompt
 * and of the responses with their number before them, then all tokens.
 */
const tokens: Codec<Tokenised> = {
  extension: "bin",
  encode({ examples, tooLong }) {
    const size = examples.reduce(
      (sum, { prompt, responses }) =>
        sum + 3 + prompt.length + responses.reduce((all, response) => all + 1 + response.length, 0),
      2,
    );
    const out = new Int32Array(size);
    out.set([tooLong, examples.length]);
    let at = 2;
    for (const { row, prompt, responses } of examples) {
      const head = [row, prompt.length, responses.length, ...responses.map(({ length }) => length)];
      out.set(head, at);
      at += head.length;
      for (const part of [prompt, ...responses]) {
        out.set(part, at);
        at += part.length;
      }
    }
    return new Uint8Array(out.buffer);
  },
  decode(content) {
    const all = new Int32Array(content.length >> 2);
    new Uint8Array(all.buffer).set(content.subarray(0, 4 * all.length));
    const examples: Example[] = [];
    let at = 2;
    const take = (length: number) => all.subarray(at, (at += length));
    for (let i = 0; i < all[1]!; i++) {
      const [row, prompt, responses] = take(3) as unknown as [number, number, number];
      const lengths = take(responses);
      examples.push({ row, prompt: take(prompt), responses: Array.from(lengths, take) });
    }
    return { examples, tooLong: all[0]! };
  },
};
