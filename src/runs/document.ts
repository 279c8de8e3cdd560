import { readFileSync } from "node:fs";
import { libraryVersion } from "../library-version.ts";
import { writeJsonDurably } from "./durable.ts";
import { RunStoreError } from "./error.ts";
import { type Format, fromDocument } from "./format.ts";

export type { Format };

/** `value` as a file of its kind has it: with the format's version, and the version of the library that wrote it. */
export function toDocument<T extends object>({ version }: Format<T>, value: T): object {
  return { version, library: libraryVersion, ...value };
}

/** Writes `value` durably, with its version. @throws RunStoreError */
export function writeDocument<T extends object>(path: string, format: Format<T>, value: T): void {
  writeJsonDurably(path, toDocument(format, value));
}

/**
 * Reads a file of its kind, of this version or an older one. The file is left as it is.
 * @throws RunStoreError where it can't be read, is no such file, or was written by a newer library
 */
export function readDocument<T>(path: string, format: Format<T>): T {
  let found: unknown;
  try {
    found = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new RunStoreError(`${path}: ${missing ? "there is no such file" : (error as Error).message}`);
  }
  return fromDocument(path, format, found, `alright-ts ${libraryVersion}`);
}
