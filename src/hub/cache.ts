import { randomBytes } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { HubError } from "./error.ts";
import type { HubFile } from "./listing.ts";
import { type HubName, isCommit } from "./name.ts";
import { isSafePath } from "./safe-path.ts";
import type { HubSettings } from "./settings.ts";

/**
 * A repository in the cache, laid out as huggingface_hub does, so that both read what either has downloaded:
 * `models--owner--name/` with `blobs/HASH`, `refs/REVISION` (a commit) and `snapshots/COMMIT/PATH`, links to the blobs.
 * Beside these lies `.alright/COMMIT.json`, the commit's list of files: a snapshot alone does not tell whether it is whole.
 */
export class RepositoryCache {
  readonly folder: string;
  /** Folder of the locks of this repository's blobs. */
  readonly locks: string;
  readonly #copies: boolean;

  constructor({ kind, repo }: Pick<HubName, "kind" | "repo">, { cache, copies }: HubSettings) {
    const name = `${kind}s--${repo.replace("/", "--")}`;
    this.folder = join(cache, name);
    this.locks = join(cache, ".locks", name);
    this.#copies = copies;
  }

  blob(hash: string): string {
    return join(this.folder, "blobs", hash);
  }
  /** What there is of a blob that is not whole. */
  incomplete(hash: string): string {
    return `${this.blob(hash)}.incomplete`;
  }
  snapshot(commit: string): string {
    return join(this.folder, "snapshots", commit);
  }

  /** The commit that a revision stood for when it was last looked up, or null. */
  async readRef(revision: string): Promise<string | null> {
    if (isCommit(revision)) return revision;
    const text = await readFile(join(this.folder, "refs", revision), "utf8").catch(() => "");
    return isCommit(text.trim()) ? text.trim() : null;
  }

  async writeRef(revision: string, commit: string): Promise<void> {
    if (isCommit(revision) || (await this.readRef(revision)) === commit) return;
    await writeWhole(join(this.folder, "refs", revision), commit);
  }

  /** Whether a commit has anything here. */
  async has(commit: string): Promise<boolean> {
    return isFolder(this.snapshot(commit));
  }

  /** The files of a commit, from our list or from huggingface_hub's (`trees/COMMIT.json`); null where neither is there. */
  async readListing(commit: string): Promise<HubFile[] | null> {
    const own = await readJson(join(this.folder, ".alright", `${commit}.json`));
    const theirs = own ?? (await readJson(join(this.folder, "trees", `${commit}.json`)));
    const files = (theirs as { files?: Record<string, Record<string, unknown>> } | null)?.files;
    if (typeof files !== "object" || files === null) return null;
    const listing = Object.entries(files).map(([path, file]) => ({
      path,
      size: file.lfs_size ?? file.size,
      hash: file.lfs_sha256 ?? file.blob_id,
    }));
    return listing.every(isFile) ? listing : null;
  }

  async writeListing(commit: string, files: readonly HubFile[]): Promise<void> {
    const entries = files.map(({ path, size, hash }) => [
      path,
      hash.length === 64 ? { size, lfs_sha256: hash } : { size, blob_id: hash },
    ]);
    const list = { format_version: 1, files: Object.fromEntries(entries) };
    await writeWhole(join(this.folder, ".alright", `${commit}.json`), `${JSON.stringify(list)}\n`);
  }

  /** Paths that a snapshot has. */
  async present(commit: string): Promise<{ path: string; size: number }[]> {
    const found: { path: string; size: number }[] = [];
    const walk = async (folder: string, below: string): Promise<void> => {
      for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
        const path = below ? `${below}/${entry.name}` : entry.name;
        if (entry.isDirectory()) await walk(join(folder, entry.name), path);
        else {
          // A link whose blob is gone is not there.
          const target = await stat(join(folder, entry.name)).catch(() => null);
          if (target?.isFile()) found.push({ path, size: target.size });
        }
      }
    };
    await walk(this.snapshot(commit), "");
    return found;
  }

  /** Whether a snapshot has a file of that size. */
  async hasFile(commit: string, { path, size }: HubFile): Promise<boolean> {
    return (await sizeOf(join(this.snapshot(commit), path))) === size;
  }

  /** Puts a blob's file into a snapshot: as a relative link, or, where there are none, the file itself: moved if it is new, else copied. */
  async place(commit: string, { path, hash }: HubFile, isNew: boolean): Promise<void> {
    const place = join(this.snapshot(commit), path);
    const blob = this.blob(hash);
    await mkdir(dirname(place), { recursive: true });
    if (!this.#copies) {
      // Beside its place and renamed, so that no one meets a moment without it.
      const beside = besideOf(place);
      try {
        await symlink(relative(dirname(place), blob), beside);
        await rename(beside, place);
        return;
      } catch (error) {
        await rm(beside, { force: true });
        if (
          !["EPERM", "ENOSYS", "EOPNOTSUPP", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? "")
        )
          throw error;
      }
    }
    if (isNew) return rename(blob, place);
    const beside = besideOf(place);
    await copyFile(blob, beside);
    await rename(beside, place);
  }
}

/** Bytes of a file, links followed; null where there is none. */
export async function sizeOf(path: string): Promise<number | null> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() ? found.size : null;
}

/** What keeps the cache from being written, as an error of the hub's; other errors as they are. */
export function cacheProblem(error: unknown, cache: string): unknown {
  const { code, message, path } = error as NodeJS.ErrnoException;
  if (error instanceof HubError || code === undefined) return error;
  const advice = "HF_HOME says where the cache is";
  if (code === "ENOSPC" || code === "EDQUOT")
    return new HubError(`${cache}: the disk is full; make room, or use another one (${advice})`);
  if (["EACCES", "EPERM", "EROFS"].includes(code))
    return new HubError(`${path ?? cache}: can't be written (${code}; ${advice})`);
  if (["ENOTDIR", "EEXIST", "EISDIR", "ENAMETOOLONG", "EIO"].includes(code))
    return new HubError(`${path ?? cache}: ${message} (${advice})`);
  return error;
}

function isFile(file: { path: string; size: unknown; hash: unknown }): file is HubFile {
  return (
    isSafePath(file.path) &&
    Number.isSafeInteger(file.size) &&
    typeof file.hash === "string" &&
    /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(file.hash)
  );
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false;
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch {
    return null;
  }
}

async function writeWhole(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const beside = besideOf(file);
  await writeFile(beside, text, { flush: true });
  await rename(beside, file);
}

function besideOf(path: string): string {
  return `${path}.${randomBytes(4).toString("hex")}.tmp`;
}
