/** A closed form asked for where it does not exist; the message says what was given and what was expected. */
export class TheoryError extends Error {
  override readonly name = "TheoryError";
}
