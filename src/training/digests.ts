import { createHash } from "node:crypto";
import { closeSync, openSync, readdirSync, readSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type Format, readDocument, toDocument } from "../runs/document.ts";
import { RunStoreError } from "../runs/error.ts";

const digestFile = "digest.json";
const Digests = z.object({ files: z.record(z.string(), z.string()) });

/** `digest.json`: SHA-256 of every other file of a checkpoint. Version 0 had them at its top. */
const digestFormat: Format<z.output<typeof Digests>> = {
  kind: "a checkpoint's digests",
  version: 1,
  migrations: { 0: (files: object) => ({ files }) },
  schema: Digests,
};

/** Writes `digest.json` of a directory whose other files are all there. */
export function writeDigests(directory: string): void {
  const document = toDocument(digestFormat, { files: digests(directory) });
  writeFileSync(join(directory, digestFile), `${JSON.stringify(document, null, 2)}\n`);
}

/**
 * What is not as it was written in a directory that has a `digest.json`, in words; null where all of it is.
 * @throws RunStoreError where a newer library wrote it
 */
export function damageOf(directory: string): string | null {
  let files: Readonly<Record<string, string>>;
  let found: Readonly<Record<string, string>>;
  try {
    ({ files } = readDocument(join(directory, digestFile), digestFormat));
    found = digests(directory);
  } catch (error) {
    if (error instanceof RunStoreError && error.newer) throw error;
    return (error as Error).message;
  }
  const wrong = [
    ...Object.keys(files)
      .filter((name) => files[name] !== found[name])
      .map((name) => (name in found ? `${name} is not as it was written` : `${name} is missing`)),
    ...Object.keys(found)
      .filter((name) => !(name in files))
      .map((name) => `${name} does not belong there`),
  ];
  return wrong.length === 0 ? null : `${directory}: ${wrong.join(", ")}`;
}

function digests(directory: string): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== digestFile)
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
  return Object.fromEntries(names.map((name) => [name, digestOf(join(directory, name))]));
}

/** A file of weights may be larger than what is to be held in memory at once. */
function digestOf(file: string): string {
  const hash = createHash("sha256");
  const handle = openSync(file, "r");
  try {
    const part = Buffer.allocUnsafe(1 << 20);
    for (let length = 0; (length = readSync(handle, part)) > 0; ) hash.update(part.subarray(0, length));
  } finally {
    closeSync(handle);
  }
  return hash.digest("hex");
}
