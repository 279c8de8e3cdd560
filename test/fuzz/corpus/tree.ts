import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, sep } from "node:path";

/** Where committed fixtures are; the suite runs from the repository's root. */
export const fixtures = join("test", "parity", "fixtures");

/** All files below a directory. */
export function readTree(directory: string): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    files.set(relative(directory, file).split(sep).join("/"), readFileSync(file));
  }
  return files;
}

export function writeTree(directory: string, files: ReadonlyMap<string, Uint8Array>): void {
  for (const [name, bytes] of files) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), bytes);
  }
}

/** What `write` leaves in a directory that is empty at first. */
export async function written(
  write: (directory: string) => Promise<void> | void,
): Promise<Map<string, Uint8Array>> {
  const directory = mkdtempSync(join(tmpdir(), "alright-corpus-"));
  try {
    await write(directory);
    return readTree(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
