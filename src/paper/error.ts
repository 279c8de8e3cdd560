/** A shipped run, an experiment or a scale that is not there or can't be read. */
export class PaperError extends Error {
  override readonly name = "PaperError";
}
