import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { writingFailed } from "./writing-failed.ts";

/**
 * Writes a file beside its place, syncs it and renames it there: at any moment the old file or the new one, whole.
 * @throws RunStoreError where there is no room or no permission; the old file stays, and nothing is left beside it
 */
export function writeDurably(path: string, content: string | Uint8Array): void {
  const beside = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(beside, content);
    syncPath(beside);
    renameSync(beside, path);
    syncPath(dirname(path));
  } catch (error) {
    rmSync(beside, { force: true });
    throw writingFailed(error, path, Buffer.byteLength(content));
  }
}

/** `writeDurably` of a value as indented JSON. */
export function writeJsonDurably(path: string, value: unknown): void {
  writeDurably(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** Syncs every file below a directory, and the directories. */
export function syncTree(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) syncTree(path);
    else syncPath(path);
  }
  syncPath(directory);
}

/** fsync of one file or directory. */
export function syncPath(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
