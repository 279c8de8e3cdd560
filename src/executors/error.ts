import { shortened } from "../shown.ts";

/** A run that can't be given to where it should execute; the message says what was answered, and what to do. */
export class ExecutorError extends Error {
  override readonly name = "ExecutorError";
  constructor(message: string) {
    super(shortened(message));
  }
}
