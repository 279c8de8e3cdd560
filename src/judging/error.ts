/** Questions, responses or a judge that can't be used; the message says what was found and what was expected. */
export class JudgingError extends Error {
  override readonly name = "JudgingError";
}
