import { createHash, type Hash } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { cacheProblem, type RepositoryCache, sizeOf } from "./cache.ts";
import { HubError } from "./error.ts";
import { type Connection, fileAddress, type HubFile } from "./listing.ts";
import { whileLocked } from "./lock.ts";
import type { HubName } from "./name.ts";
import { refusal } from "./refusal.ts";
import { type Answer, request } from "./request.ts";

/** An attempt that brought as many bytes has got on: failures are counted afresh. */
const gettingOn = 1 << 20;

/**
 * Puts a file into its commit's snapshot. Its content is downloaded unless it is there; it goes on with what an earlier
 * attempt left. What arrives is checked against the listing: its size, and its hash.
 *
 * @param report gets the bytes that are there so far
 * @throws HubError naming the file
 */
export async function downloadFile(
  of: { name: HubName; commit: string; file: HubFile; cache: RepositoryCache },
  connection: Connection,
  report: (received: number) => void,
): Promise<void> {
  const { commit, file, cache } = of;
  const blob = cache.blob(file.hash);
  await mkdir(dirname(blob), { recursive: true });
  await whileLocked(
    `${cache.locks}/${file.hash}.alright`,
    connection.signal,
    async (lost) => {
      if (await cache.hasFile(commit, file)) return;
      const signal = AbortSignal.any([connection.signal, lost]);
      const isNew = (await sizeOf(blob)) !== file.size;
      if (isNew) await fetchContent(of, { ...connection, signal }, report);
      await cache.place(commit, file, isNew);
    },
    async () => report((await sizeOf(cache.incomplete(file.hash))) ?? 0),
  );
}

/** Downloads a file's content to its place among the blobs. */
async function fetchContent(
  of: { name: HubName; commit: string; file: HubFile; cache: RepositoryCache },
  connection: Connection,
  report: (received: number) => void,
): Promise<void> {
  const { file, cache, name } = of;
  const place = cache.incomplete(file.hash);
  const partial = await Partial.open(place, file);
  try {
    report(partial.received);
    // Without a break from the first byte to the last, it is the server's content that is wrong, not what was left here.
    let pure = partial.received === 0;
    const patience = connection.patience();
    for (;;) {
      while (partial.received < file.size) {
        const before = partial.received;
        try {
          await attempt(of, partial, connection, report);
        } catch (error) {
          if (partial.received - before >= gettingOn) patience.renew();
          await patience.after(error);
        }
      }
      if (partial.digest() === file.hash) break;
      await partial.restart();
      if (pure)
        throw new HubError(
          `${name.repo}: ${file.path} arrived damaged: its ${file.hash.length === 64 ? "SHA-256" : "git hash"} is not the ${file.hash} that the hub lists; nothing of it was kept`,
        );
      pure = true;
    }
    await partial.close();
    await rename(place, cache.blob(file.hash));
  } catch (error) {
    const kept = await partial.close();
    if (kept === 0) await rm(place, { force: true });
    throw cacheProblem(error, cache.folder);
  }
}

/** One request for what is missing; what comes of it stays, also where the connection breaks. */
async function attempt(
  { name, commit, file }: { name: HubName; commit: string; file: HubFile },
  partial: Partial,
  { settings, signal }: Connection,
  report: (received: number) => void,
): Promise<void> {
  const from = partial.received;
  const range: Record<string, string> = from > 0 ? { range: `bytes=${from}-` } : {};
  const address = fileAddress(name, commit, file.path, settings.endpoint);
  const answer = await request(address, settings, signal, range);
  if (answer.status === 416) {
    // The server has less than what is here.
    answer.drop();
    await partial.restart();
    throw new HubError(`${name.repo}: ${file.path} can't be gone on with (416)`, { temporary: true });
  }
  if (answer.status !== 200 && answer.status !== 206)
    throw refusal(answer, name, `file ${JSON.stringify(file.path)}`, settings);
  if (from > 0 && !continuesAt(answer, from)) await partial.restart();
  try {
    for await (const chunk of answer.chunks()) {
      if (partial.received + chunk.length > file.size) {
        await partial.restart();
        throw new HubError(
          `${name.repo}: ${file.path} does not end at the ${file.size} bytes that the hub lists for it; nothing of it was kept`,
        );
      }
      await partial.append(chunk);
      report(partial.received);
    }
  } finally {
    answer.drop();
  }
  if (partial.received < file.size)
    throw new HubError(
      `${name.repo}: ${file.path} ended after ${partial.received} of the ${file.size} bytes that the hub lists for it`,
      { temporary: true },
    );
}

/** Whether an answer goes on where it was asked to; a server without ranges sends the whole file (200). */
function continuesAt({ status, headers }: Answer, from: number): boolean {
  if (status !== 206) return false;
  return Number(/^bytes (\d+)-/.exec(headers.get("content-range") ?? "")?.[1]) === from;
}

/** The beginning of a file, hashed as far as it goes. */
class Partial {
  readonly #handle: FileHandle;
  readonly #file: HubFile;
  #hash: Hash;
  received = 0;
  #closed = false;

  private constructor(handle: FileHandle, file: HubFile) {
    this.#handle = handle;
    this.#file = file;
    this.#hash = started(file);
  }

  /** With what an earlier attempt left, unless that is more than the file. */
  static async open(place: string, file: HubFile): Promise<Partial> {
    const there = (await sizeOf(place)) ?? 0;
    const partial = new Partial(await open(place, there > 0 ? "r+" : "w+"), file);
    try {
      if (there > file.size) await partial.restart();
      else await partial.#hashUpTo(there);
    } catch (error) {
      await partial.close();
      throw error;
    }
    return partial;
  }

  async #hashUpTo(end: number): Promise<void> {
    const buffer = Buffer.alloc(1 << 20);
    while (this.received < end) {
      const length = Math.min(buffer.length, end - this.received);
      const { bytesRead } = await this.#handle.read(buffer, 0, length, this.received);
      if (bytesRead === 0) break;
      this.#hash.update(buffer.subarray(0, bytesRead));
      this.received += bytesRead;
    }
  }

  async append(chunk: Uint8Array): Promise<void> {
    for (let done = 0; done < chunk.length; ) {
      const { bytesWritten } = await this.#handle.write(
        chunk,
        done,
        chunk.length - done,
        this.received + done,
      );
      done += bytesWritten;
    }
    this.#hash.update(chunk);
    this.received += chunk.length;
  }

  async restart(): Promise<void> {
    await this.#handle.truncate(0);
    this.#hash = started(this.#file);
    this.received = 0;
  }

  digest(): string {
    return this.#hash.digest("hex");
  }

  /** Synced, so that a blob is whole on disk when it gets its name. @returns the bytes that are there */
  async close(): Promise<number> {
    if (this.#closed) return this.received;
    this.#closed = true;
    try {
      if (this.received > 0) await this.#handle.sync();
    } finally {
      await this.#handle.close();
    }
    return this.received;
  }
}

/** SHA-256 for files in LFS; for others git's hash of a blob, SHA-1 over its length and its content. */
function started({ hash, size }: HubFile): Hash {
  return hash.length === 64 ? createHash("sha256") : createHash("sha1").update(`blob ${size}\0`);
}
