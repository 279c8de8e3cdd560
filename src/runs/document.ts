import { readFileSync } from "node:fs";
import type { z } from "zod";
import { libraryVersion } from "../library-version.ts";
import { writeJsonDurably } from "./durable.ts";
import { RunStoreError } from "./error.ts";
import { show } from "./option-values.ts";

/** A kind of JSON file of the run directory: what is in it, in which version, and how older versions become this one. */
export interface Format<T> {
  /** What a file of this kind is called in messages. */
  readonly kind: string;
  /** Written as `version`; a file without one has version 0. */
  readonly version: number;
  /** By the version that they start from; each answers what the next version has. */
  readonly migrations: Readonly<Record<number, (old: never) => unknown>>;
  readonly schema: z.ZodType<T>;
}

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
  return fromDocument(path, format, found);
}

function fromDocument<T>(path: string, { kind, version, migrations, schema }: Format<T>, found: unknown): T {
  const { version: from = 0, library } = (found ?? {}) as { version?: unknown; library?: unknown };
  if (!Number.isInteger(from) || (from as number) < 0)
    throw new RunStoreError(`${path}: version is ${show(from)}; expected an integer up to ${version}`);
  if ((from as number) > version) {
    const writer = typeof library === "string" ? `alright-ts ${library}` : "the library that wrote it";
    throw new RunStoreError(
      `${path} is ${kind} of version ${from}; alright-ts ${libraryVersion} knows those up to ${version}: use ${writer} or a newer one`,
      { newer: true },
    );
  }
  let value = found;
  for (let at = from as number; at < version; at++) {
    const migrate = migrations[at] as ((old: unknown) => unknown) | undefined;
    if (!migrate) throw new RunStoreError(`${path} is ${kind} of version ${at}, which was never written`);
    value = migrate(value);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path: key, message } = parsed.error.issues[0]!;
  throw new RunStoreError(`${path} is no ${kind.replace(/^an? /, "")}: ${key.join(".") || "it"}: ${message}`);
}
