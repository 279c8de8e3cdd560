import { shortened } from "../shown.ts";

/** A data set that can't be read or used; the message names file and line, what was found and what is expected. */
export class DataError extends Error {
  override name = "DataError";
  constructor(message: string) {
    super(shortened(message));
  }
}
