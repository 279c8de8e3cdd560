/** A model, run or option that no text can be generated with; the message says what was found and what to do. */
export class GenerationError extends Error {
  override readonly name = "GenerationError";
}
