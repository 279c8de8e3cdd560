import { shortened } from "../shown.ts";

/** A sweep that can't begin or go on; the message names what was found, and what was expected. */
export class SweepError extends Error {
  override readonly name = "SweepError";
  constructor(message: string) {
    super(shortened(message));
  }
}
