/** The command line itself can't be understood; the message says how it is written. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
