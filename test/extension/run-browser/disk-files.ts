import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  type DirectoryEntry,
  type FilePart,
  type RunFiles,
  RunFilesError,
} from "../../../extension/src/run-browser/files.ts";

/** Files of a folder as Jupyter would serve them; counts what is asked for. */
export class DiskFiles implements RunFiles {
  readonly reads: string[] = [];
  bytes = 0;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async directories(path: string): Promise<readonly DirectoryEntry[] | null> {
    const place = join(this.#folder, path);
    if (!existsSync(place)) return null;
    return readdirSync(place, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map(({ name }) => ({
        name,
        path: `${path}/${name}`,
        modified: statSync(join(place, name)).mtime.toISOString(),
      }));
  }

  async read(path: string, most: number, from = 0): Promise<FilePart | null> {
    this.reads.push(path);
    const place = join(this.#folder, path);
    if (!existsSync(place)) return null;
    const whole = readFileSync(place);
    if (whole.length - from > most) throw new RunFilesError(`${path} is too large`);
    const bytes = new Uint8Array(whole.subarray(from));
    this.bytes += bytes.length;
    return { bytes, shrank: whole.length < from };
  }

  async delete(path: string): Promise<void> {
    rmSync(join(this.#folder, path), { recursive: true });
  }
}
