import { shortened } from "../shown.ts";

/** A tokenizer file or a template that can't be used; the message names it and says what to do. */
export class TextError extends Error {
  override name = "TextError";
  constructor(message: string) {
    super(shortened(message));
  }
}
