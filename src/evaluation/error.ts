/** Points or runs that can't be compared; the message says what was found and what was expected. */
export class EvaluationError extends Error {
  override readonly name = "EvaluationError";
}
