import type { z } from "zod";
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

/**
 * What a file of its kind has, of this version or an older one.
 * @param reader who reads, for the message about a newer file: `alright-ts 1.2.3`
 * @throws RunStoreError where it is no such file, or was written by a newer library
 */
export function fromDocument<T>(
  path: string,
  { kind, version, migrations, schema }: Format<T>,
  found: unknown,
  reader: string,
): T {
  const { version: from = 0, library } = (found ?? {}) as { version?: unknown; library?: unknown };
  if (!Number.isInteger(from) || (from as number) < 0)
    throw new RunStoreError(`${path}: version is ${show(from)}; expected an integer up to ${version}`);
  if ((from as number) > version) {
    const writer = typeof library === "string" ? `alright-ts ${library}` : "the library that wrote it";
    throw new RunStoreError(
      `${path} is ${kind} of version ${from}; ${reader} knows those up to ${version}: use ${writer} or a newer one`,
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
