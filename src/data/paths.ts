import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { DataError } from "./error.ts";

const dataFile = /\.(jsonl|ndjson|json|parquet)(\.gz)?$/i;
/** What `datasets` and the hub write beside the rows. */
const notRows = /^(dataset_infos?|dataset_dict|state|config)\.json$/i;
const shard = /^(.*)-(\d{5})-of-(\d{5})(?=\.)/;

/** Whether a path's file name is a pattern: `*` stands for any characters, `?` for one. */
function isPattern(path: string): boolean {
  return /[*?]/.test(basename(path)) && !existsSync(path);
}

/** Whether there may be data at a path: something is there, or, for a pattern, its folder is. */
export function mayBeData(path: string): boolean {
  return existsSync(isPattern(path) ? resolve(dirname(path)) : resolve(path));
}

/**
 * The files that a path stands for, in the order of their names: itself; those in a directory (or in its `data/`), its `train`
 * files where there are several splits; those that fit a pattern.
 *
 * @throws DataError where there is none, where a directory has several data sets, or where a shard of `…-00000-of-00002` is missing
 */
export async function dataFiles(path: string): Promise<string[]> {
  if (isPattern(path)) return complete(await matching(path));
  const there = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new DataError(error.code === "ENOENT" ? `${path}: no such data file` : `${path}: ${error.message}`);
  });
  if (!there.isDirectory()) return [path];
  let files = await inDirectory(path);
  if (files.length === 0) files = await inDirectory(join(path, "data"));
  if (files.length === 0)
    throw new DataError(
      `${path}: is a directory without data files; expected .jsonl, .json or .parquet files in it, or in its data/`,
    );
  return complete(oneSet(files, path));
}

async function inDirectory(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  return entries
    .filter(({ name }) => dataFile.test(name) && !name.startsWith(".") && !notRows.test(name))
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => join(directory, name))
    .sort();
}

async function matching(pattern: string): Promise<string[]> {
  const directory = dirname(pattern);
  const names = await readdir(directory).catch(() => []);
  const source = basename(pattern)
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*+/g, ".*")
    .replace(/\?/g, ".");
  const fits = new RegExp(`^${source}$`, "u");
  const found = names.filter((name) => fits.test(name) && !name.startsWith(".")).sort();
  if (found.length === 0) throw new DataError(`${pattern}: no file fits this pattern`);
  return found.map((name) => join(directory, name));
}

/** The files of one data set: shards of one name, or all those of the split called train. */
function oneSet(files: readonly string[], directory: string): readonly string[] {
  const stem = (file: string) => shard.exec(basename(file))?.[1] ?? basename(file).replace(dataFile, "");
  const stems = [...new Set(files.map(stem))];
  if (stems.length === 1) return files;
  const train = files.filter((file) => /^train(?![a-z])/i.test(stem(file)));
  if (train.length > 0 && new Set(train.map(stem)).size === 1) return train;
  throw new DataError(
    `${directory}: has several data sets (${stems.slice(0, 6).join(", ")}${stems.length > 6 ? ", …" : ""}); name a file, or a pattern such as ${join(directory, `${stems[0]}*`)}`,
  );
}

/** @throws DataError where files are numbered `-00000-of-00002` and one is missing */
function complete(files: readonly string[]): string[] {
  const sets = new Map<string, Set<number>>();
  for (const file of files) {
    const [, stem, number, of] = shard.exec(basename(file)) ?? [];
    if (stem === undefined) continue;
    const key = join(dirname(file), `${stem}-*-of-${of}`);
    sets.set(key, (sets.get(key) ?? new Set()).add(Number(number)));
  }
  for (const [key, numbers] of sets) {
    const count = Number(key.slice(-5));
    for (let i = 0; i < count; i++)
      if (!numbers.has(i))
        throw new DataError(
          `${key.replace("*", String(i).padStart(5, "0"))}: this shard is missing; ${numbers.size} of ${count} are there`,
        );
  }
  return [...files];
}
