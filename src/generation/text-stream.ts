import type { Tokenizer } from "../text/tokenizer.ts";
import { GenerationError } from "./error.ts";

/** What decoding gives for bytes that are no whole character (yet). */
const INCOMPLETE = "\ufffd";

/**
 * Tokens to text as they come. A character whose bytes lie in several tokens appears when it is whole, and text that
 * may begin a stop string is held back until it does or does not; a stop string and what follows it never appears.
 */
export class TextStream {
  readonly #decode: Tokenizer["decode"];
  readonly #stops: readonly string[];
  readonly #ids: number[] = [];
  /** The tokens from here to `#read` are decoded again with each new one: some tokenizers treat a text's start apart. */
  #start = 0;
  #read = 0;
  #held = "";
  #stopped = false;

  constructor(tokenizer: Pick<Tokenizer, "decode">, stops: readonly string[]) {
    if (stops.includes("")) throw new GenerationError('a stop string is ""; every text would end at once');
    this.#decode = tokenizer.decode;
    this.#stops = stops;
  }

  /** A stop string has come. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** @returns what can be shown now */
  push(token: number): string {
    this.#ids.push(token);
    const whole = this.#decode(this.#ids.slice(this.#start));
    if (whole.endsWith(INCOMPLETE)) return "";
    return this.#take(whole);
  }

  /** The text has ended. @returns what was held back */
  finish(): string {
    const rest = this.#read < this.#ids.length ? this.#take(this.#decode(this.#ids.slice(this.#start))) : "";
    const text = this.#stopped ? rest : rest + this.#held;
    this.#held = "";
    return text;
  }

  #take(whole: string): string {
    const known = this.#decode(this.#ids.slice(this.#start, this.#read)).length;
    this.#start = this.#read;
    this.#read = this.#ids.length;
    const text = this.#held + whole.slice(known);
    this.#held = "";
    if (this.#stopped) return "";
    const places = this.#stops.map((stop) => text.indexOf(stop)).filter((place) => place >= 0);
    if (places.length > 0) {
      this.#stopped = true;
      return text.slice(0, Math.min(...places));
    }
    const shown = text.length - Math.max(0, ...this.#stops.map((stop) => begun(text, stop)));
    this.#held = text.slice(shown);
    return text.slice(0, shown);
  }
}

/** Characters at the end of `text` that `stop` begins with. */
function begun(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--)
    if (text.endsWith(stop.slice(0, length))) return length;
  return 0;
}
