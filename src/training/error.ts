import { shortened } from "../shown.ts";

/** A run that can't begin or go on; the message names step, rows or file, and says what to do. */
export class TrainingError extends Error {
  override readonly name = "TrainingError";
  constructor(message: string) {
    super(shortened(message));
  }
}
