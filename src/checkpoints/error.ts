import { shortened } from "../shown.ts";

/** A model file that can't be read or written; the message names the file and the tensor, and says what to do. */
export class CheckpointError extends Error {
  override name = "CheckpointError";
  constructor(message: string) {
    super(shortened(message));
  }
}
