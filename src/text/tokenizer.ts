import type { ChatTemplateSource } from "./chat-template.ts";

/** What the library asks of a tokenizer; made from a directory's `tokenizer.json` (src/text/). */
export interface Tokenizer {
  /** Token ids of a text, without BOS or EOS. */
  encode(text: string): Int32Array;
  decode(ids: ArrayLike<number>): string;
  readonly vocabulary: number;
  /** Added once before the prompt, where the tokenizer adds one. */
  readonly bos: number | null;
  /** The end token, and its text as the template appends it. */
  readonly eos: number;
  readonly eosText: string;
  /** How it writes conversations, where its files say so. */
  readonly chat?: ChatTemplateSource;
}
