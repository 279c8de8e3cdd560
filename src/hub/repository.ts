import { mkdir, statfs } from "node:fs/promises";
import { cacheProblem, RepositoryCache, sizeOf } from "./cache.ts";
import { downloadFile } from "./download.ts";
import { HubError } from "./error.ts";
import { type Connection, fetchCommit, fetchListing, type HubFile } from "./listing.ts";
import { type HubName, isCommit } from "./name.ts";
import { Patience, type PatienceOptions } from "./patience.ts";
import { formatBytes, type HubProgress, ProgressSum } from "./progress.ts";
import { type HubSettings, hubSettings } from "./settings.ts";

export interface HubOptions {
  /** Ends it; what has arrived stays for the next time. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: HubProgress) => void;
  /** Gets a line about what is not as asked for: the hub is out of reach and the cache stands in. */
  readonly onNote?: (note: string) => void;
  /** Default: from the environment. */
  readonly settings?: HubSettings;
  readonly patience?: PatienceOptions;
}

const parallel = 4;

/**
 * The commit that a hub name stands for: of the hub now, or, offline and where the hub is out of reach, what it stood for
 * when it was last looked up. A name that has its commit asks nobody.
 *
 * @throws HubError
 */
export async function findCommit(name: HubName, options: HubOptions = {}): Promise<string> {
  const revision = name.revision ?? "main";
  if (isCommit(revision)) return revision;
  const settings = options.settings ?? hubSettings();
  const cache = new RepositoryCache(name, settings);
  const known = await cache.readRef(revision);
  const usable = known !== null && (await cache.has(known)) ? known : null;
  if (settings.offline) {
    if (usable) return usable;
    throw new HubError(
      `${name.repo}${name.revision ? ` at ${revision}` : ""} is not in the cache (${settings.cache}), and HF_HUB_OFFLINE is set; unset it to download`,
    );
  }
  // What stands in is there at once, so nothing is tried for long.
  const connection = connectionOf(settings, options, usable ? { tries: 1 } : {});
  try {
    const commit = await fetchCommit(name, connection);
    await cache.writeRef(revision, commit).catch((error: unknown) => {
      // A cache that can't be written is enough where all is there.
      if (!usable) throw cacheProblem(error, settings.cache);
    });
    return commit;
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    if (usable && error.temporary) {
      options.onNote?.(`${name.repo} as it is in the cache: ${error.message}`);
      return usable;
    }
    if (usable) error.message += "; the cache has it: HF_HUB_OFFLINE=1 uses that";
    throw error;
  }
}

/** A repository at one commit: what it has, and its files in the cache. */
export class Repository {
  readonly name: HubName;
  readonly commit: string;
  readonly files: readonly HubFile[];
  /** The snapshot's folder; it has the files that were fetched. */
  readonly folder: string;
  readonly #cache: RepositoryCache;
  readonly #settings: HubSettings;
  readonly #options: HubOptions;

  private constructor(
    name: HubName,
    commit: string,
    files: readonly HubFile[],
    settings: HubSettings,
    options: HubOptions,
  ) {
    this.name = name;
    this.commit = commit;
    this.files = files;
    this.#cache = new RepositoryCache(name, settings);
    this.folder = this.#cache.snapshot(commit);
    this.#settings = settings;
    this.#options = options;
  }

  /** Finds a repository's commit and files; a commit whose list is in the cache asks nobody. @throws HubError */
  static async open(name: HubName, options: HubOptions = {}): Promise<Repository> {
    const settings = options.settings ?? hubSettings();
    const cache = new RepositoryCache(name, settings);
    const commit = await findCommit(name, { ...options, settings });
    const known = await cache.readListing(commit);
    if (known) return new Repository(name, commit, known, settings, options);
    if (!settings.offline) {
      const usable = await cache.has(commit);
      const connection = connectionOf(settings, options, usable ? { tries: 1 } : {});
      try {
        const files = await fetchListing(name, commit, connection);
        await cache.writeListing(commit, files).catch((error: unknown) => {
          if (!usable) throw cacheProblem(error, settings.cache);
        });
        return new Repository(name, commit, files, settings, options);
      } catch (error) {
        if (!(usable && error instanceof HubError && error.temporary)) throw error;
        options.onNote?.(`${name.repo} as far as it is in the cache: ${error.message}`);
      }
    }
    // Another program's snapshot, without a list: what is there is all that is known.
    const files = (await cache.present(commit)).map((file) => ({ ...file, hash: "" }));
    if (files.length > 0) return new Repository(name, commit, files, settings, options);
    throw new HubError(
      `${name.repo} at ${commit} is not in the cache (${settings.cache}), and HF_HUB_OFFLINE is set; unset it to download`,
    );
  }

  has(path: string): boolean {
    return this.files.some((file) => file.path === path);
  }

  /**
   * Puts files of the repository into the snapshot, at most four at a time.
   *
   * @throws HubError naming the file that can't be had
   */
  async fetch(paths: readonly string[]): Promise<void> {
    const asked = new Set(paths);
    const wanted = this.files.filter(({ path }) => asked.has(path));
    const missing: HubFile[] = [];
    for (const file of wanted) if (!(await this.#cache.hasFile(this.commit, file))) missing.push(file);
    if (missing.length === 0) return;
    if (this.#settings.offline)
      throw new HubError(
        `${this.name.repo}: ${missing[0]!.path}${missing.length > 1 ? ` and ${missing.length - 1} more` : ""} is not in the cache (${this.folder}), and HF_HUB_OFFLINE is set; unset it to download`,
      );
    await this.#checkRoom(missing);
    const sum = new ProgressSum(this.name.repo, missing, this.#options.onProgress ?? (() => {}));
    // The first file that fails ends the others; all have ended, and kept what they have, before it is thrown.
    const failed = new AbortController();
    const outer = this.#options.signal;
    const signal = outer ? AbortSignal.any([outer, failed.signal]) : failed.signal;
    const connection = connectionOf(this.#settings, { ...this.#options, signal });
    const queue = [...missing];
    const work = async () => {
      for (let file = queue.shift(); file; file = queue.shift()) await this.#fetchFile(file, connection, sum);
    };
    const workers = Array.from({ length: Math.min(parallel, missing.length) }, () =>
      work().catch((error: unknown) => {
        failed.abort(error);
        throw error;
      }),
    );
    await Promise.allSettled(workers);
    outer?.throwIfAborted();
    if (failed.signal.aborted) throw failed.signal.reason;
  }

  async #fetchFile(file: HubFile, connection: Connection, sum: ProgressSum): Promise<void> {
    const { name, commit } = this;
    const of = { name, commit, file, cache: this.#cache };
    try {
      await downloadFile(of, connection, (received) => sum.set(file.path, received));
    } catch (error) {
      throw cacheProblem(error, this.#settings.cache);
    }
    sum.done(file.path, file.size);
  }

  /** @throws HubError where the disk has less room than the files take */
  async #checkRoom(files: readonly HubFile[]): Promise<void> {
    const { cache } = this.#settings;
    try {
      await mkdir(cache, { recursive: true });
    } catch (error) {
      throw cacheProblem(error, cache);
    }
    const { bavail, bsize } = await statfs(cache);
    let needed = 0;
    for (const { size, hash } of files)
      needed +=
        size - ((await sizeOf(this.#cache.blob(hash))) ?? (await sizeOf(this.#cache.incomplete(hash))) ?? 0);
    if (needed > bavail * bsize)
      throw new HubError(
        `${this.name.repo} takes ${formatBytes(needed)} more, and ${cache} has room for ${formatBytes(bavail * bsize)}; make room, or use another disk (HF_HOME says where the cache is)`,
      );
  }
}

function connectionOf(
  settings: HubSettings,
  { signal = new AbortController().signal, patience = {} }: HubOptions,
  more: PatienceOptions = {},
): Connection {
  return { settings, signal, patience: () => new Patience(signal, { ...patience, ...more }) };
}
