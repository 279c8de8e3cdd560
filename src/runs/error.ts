import { nearest } from "../nearest.ts";
import { shortened } from "../shown.ts";

/** A specification, option or run directory that can't be used; the message names the key, what was found and what was expected. */
export class SpecificationError extends Error {
  override readonly name = "SpecificationError";
  constructor(message: string) {
    super(shortened(message));
  }
}

/** A file of a run directory that can't be read or written; the message names it, what is wrong and what to do. */
export class RunStoreError extends Error {
  override readonly name = "RunStoreError";
  /** The file is not damaged: a newer library wrote it. */
  readonly newer: boolean;
  constructor(message: string, { newer = false } = {}) {
    super(shortened(message));
    this.newer = newer;
  }
}

/** `; did you mean "lambda"?`, or nothing where no known name is alike. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const candidate = nearest(name, known);
  return candidate === null ? "" : `; did you mean ${JSON.stringify(candidate)}?`;
}
