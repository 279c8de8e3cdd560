import { mkdtempSync, rmSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";

/** A temporary directory for a test file, with a function that puts files there. */
export function temporary(): {
  directory: string;
  put: (name: string, content: string | Buffer) => Promise<string>;
} {
  const directory = mkdtempSync(join(tmpdir(), "alright-data-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return {
    directory,
    async put(name, content) {
      const file = join(directory, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
      return file;
    },
  };
}

/** JSON Lines. */
export function lines(...rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}
