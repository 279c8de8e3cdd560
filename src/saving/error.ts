/** A model that can't be saved; the message says what was found and what to do. */
export class SaveError extends Error {
  override readonly name = "SaveError";
}
