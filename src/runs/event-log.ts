import { createHash } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { syncPath, writeDurably } from "./durable.ts";
import { RunStoreError, SpecificationError } from "./error.ts";
import { encodeEvent, tryDecode } from "./event-line.ts";
import type { RunEvent } from "./events.ts";
import { writingFailed } from "./writing-failed.ts";

export { decodeEvent, encodeEvent } from "./event-line.ts";

const bufferLimit = 1 << 16;

/** `events.jsonl`, open for appending: lines are buffered until `flush` (or 64 kB), durable after `sync`. */
export class EventLog {
  readonly path: string;
  readonly #file: number;
  readonly #lines: string[] = [];
  #buffered = 0;
  /** Bytes of whole lines in the file. */
  #length: number;
  /** Of those bytes; no number of them is read again to learn the digest. */
  readonly #hash = createHash("sha256");
  /** Lines in the file and in the buffer. */
  count: number;

  /** @param count lines that the file has already */
  constructor(path: string, count: number) {
    this.path = path;
    this.count = count;
    try {
      this.#file = openSync(path, "a");
    } catch (error) {
      throw writingFailed(error, path, 0);
    }
    const written = readFileSync(path);
    this.#length = written.length;
    this.#hash.update(written);
  }

  append(event: RunEvent): void {
    const line = encodeEvent(event);
    this.#lines.push(line);
    this.#buffered += line.length;
    this.count++;
    if (this.#buffered >= bufferLimit) this.flush();
  }

  /** @throws RunStoreError where there is no room; the file then ends with a whole line, and the buffer keeps the others */
  flush(): void {
    if (this.#lines.length === 0) return;
    const bytes = Buffer.from(this.#lines.join(""));
    this.#try(bytes.length, () => {
      for (let written = 0; written < bytes.length; ) written += writeSync(this.#file, bytes, written);
    });
    this.#hash.update(bytes);
    this.#length += bytes.length;
    this.#lines.length = 0;
    this.#buffered = 0;
  }

  sync(): void {
    this.flush();
    this.#try(0, () => fsyncSync(this.#file));
  }

  /** SHA-256 of the file with everything appended so far. */
  digest(): string {
    this.flush();
    return this.#hash.copy().digest("hex");
  }

  /** Forgets what could not be written. @returns how many lines that were */
  drop(): number {
    const dropped = this.#lines.splice(0).length;
    this.#buffered = 0;
    this.count -= dropped;
    return dropped;
  }

  close(): void {
    try {
      this.sync();
    } finally {
      closeSync(this.#file);
    }
  }

  #try(bytes: number, write: () => void): void {
    try {
      write();
    } catch (error) {
      try {
        ftruncateSync(this.#file, this.#length);
      } catch {
        // Half a line at the end is passed over by whoever reads the file.
      }
      throw writingFailed(error, this.path, bytes);
    }
  }
}

/**
 * All events of a file. A last line without its newline was cut off by a kill, and is left out.
 * @throws SpecificationError naming file and line, where a line is broken
 */
export function readEvents(path: string): RunEvent[] {
  return readLines(path).map((line, i) => {
    const event = tryDecode(line.toString("utf8"));
    if (event) return event;
    throw new SpecificationError(`${path}:${i + 1}: not an event (one JSON object a line was expected)`);
  });
}

/** The events before the first broken line, how many lines there are, and which one is broken (from 1; null: none). */
export function readIntactEvents(path: string): { events: RunEvent[]; lines: number; broken: number | null } {
  const lines = readLines(path);
  const events: RunEvent[] = [];
  for (const line of lines) {
    const event = tryDecode(line.toString("utf8"));
    if (!event) return { events, lines: lines.length, broken: events.length + 1 };
    events.push(event);
  }
  return { events, lines: lines.length, broken: null };
}

/** What stays of the events after a checkpoint when a run resumes from it: what its user did, not what it computed. */
const kept: ReadonlySet<RunEvent["type"]> = new Set(["preparing", "paused", "resumed", "steered"]);

/**
 * Cuts `events.jsonl` for a resume: all of the first `lines` events stay, of the later ones those of the user.
 * @param before called with the number of events to be cut, where there are any, before the file changes
 * @returns the events that stay, and the numbers of later lines that were broken and are cut, too
 * @throws RunStoreError where one of the first `lines` is broken; the file stays as it is
 */
export function cutEvents(
  path: string,
  lines: number,
  before: (cut: number) => void = () => {},
): { events: RunEvent[]; broken: number[] } {
  const all = readLines(path);
  const events: RunEvent[] = [];
  const staying: Buffer[] = [];
  const broken: number[] = [];
  for (const [i, line] of all.entries()) {
    const event = tryDecode(line.toString("utf8"));
    if (!event && i < lines) throw new RunStoreError(`${path}:${i + 1}: not an event`);
    if (!event) broken.push(i + 1);
    if (!event || (i >= lines && !kept.has(event.type))) continue;
    events.push(event);
    staying.push(line, newline);
  }
  const cut = all.length - events.length;
  if (cut > 0) before(cut);
  const rest = Buffer.concat(staying);
  // A file that only loses its end needs no room for another one.
  if (events.length === 0 || all[events.length - 1] === staying.at(-2)) shorten(path, rest.length);
  else writeDurably(path, rest);
  return { events, broken };
}

/** Adds one event to a file that no process has open, durably; half a line at its end goes. */
export function appendEvent(path: string, event: RunEvent): void {
  shorten(path, readFileSync(path).lastIndexOf(newline) + 1);
  const log = new EventLog(path, 0);
  log.append(event);
  log.close();
}

/** SHA-256 of the first lines of a file, or null where it has fewer. */
export function digestOfLines(path: string, count: number): string | null {
  const bytes = readBytes(path);
  let end = 0;
  for (let line = 0; line < count; line++) {
    end = bytes.indexOf(0x0a, end) + 1;
    if (end === 0) return null;
  }
  return createHash("sha256").update(bytes.subarray(0, end)).digest("hex");
}

function shorten(path: string, bytes: number): void {
  try {
    truncateSync(path, bytes);
    syncPath(path);
  } catch (error) {
    throw writingFailed(error, path, 0);
  }
}

const newline = Buffer.from("\n");

/** The whole lines of a file, as bytes: a flipped bit may leave something that is no text. */
function readLines(path: string): Buffer[] {
  const bytes = readBytes(path);
  const lines: Buffer[] = [];
  for (let start = 0, end = 0; (end = bytes.indexOf(0x0a, start)) >= 0; start = end + 1)
    lines.push(bytes.subarray(start, end));
  return lines;
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new RunStoreError(`${path}: can't be read (${(error as Error).message})`);
  }
}
