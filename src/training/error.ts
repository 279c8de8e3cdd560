import { shortened } from "../shown.ts";

/** A run that can't begin or go on; the message names step, rows or file, and says what to do. */
export class TrainingError extends Error {
  override readonly name = "TrainingError";
  constructor(message: string) {
    super(shortened(message));
  }
}

/** The trainer's process ended without a last word: it was killed, or crashed. The run can be resumed. */
export class TrainerCrashed extends TrainingError {}
