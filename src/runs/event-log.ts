import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { writeDurably } from "./durable.ts";
import { SpecificationError } from "./error.ts";
import type { RunEvent } from "./events.ts";

const bufferLimit = 1 << 16;

/** `events.jsonl`, open for appending: lines are buffered until `flush` (or 64 kB), durable after `sync`. */
export class EventLog {
  readonly #file: number;
  readonly #lines: string[] = [];
  #buffered = 0;
  /** Lines in the file and in the buffer. */
  count: number;

  /** @param count lines that the file has already */
  constructor(path: string, count: number) {
    this.#file = openSync(path, "a");
    this.count = count;
  }

  append(event: RunEvent): void {
    const line = encodeEvent(event);
    this.#lines.push(line);
    this.#buffered += line.length;
    this.count++;
    if (this.#buffered >= bufferLimit) this.flush();
  }

  flush(): void {
    if (this.#lines.length === 0) return;
    const bytes = Buffer.from(this.#lines.join(""));
    for (let written = 0; written < bytes.length; ) written += writeSync(this.#file, bytes, written);
    this.#lines.length = 0;
    this.#buffered = 0;
  }

  sync(): void {
    this.flush();
    fsyncSync(this.#file);
  }

  close(): void {
    this.sync();
    closeSync(this.#file);
  }
}

/** One line of `events.jsonl`; NaN and infinities become strings. */
export function encodeEvent(event: RunEvent): string {
  return `${JSON.stringify(event, (_key, value) =>
    typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
  )}\n`;
}

/** The event of one line. */
export function decodeEvent(line: string): RunEvent {
  return JSON.parse(line, (key, value) =>
    key !== "error" && (value === "NaN" || value === "Infinity" || value === "-Infinity")
      ? Number(value)
      : value,
  ) as RunEvent;
}

/**
 * All events of a file. A last line without its newline was cut off by a kill, and is left out.
 * @throws SpecificationError naming file and line, where a line is broken
 */
export function readEvents(path: string): RunEvent[] {
  const lines = readFileSync(path, "utf8").split("\n");
  lines.pop();
  return lines.map((line, i) => {
    try {
      return decodeEvent(line);
    } catch {
      throw new SpecificationError(`${path}:${i + 1}: not an event (one JSON object a line was expected)`);
    }
  });
}

/** What stays of the events after a checkpoint when a run resumes from it: what its user did, not what it computed. */
const kept: ReadonlySet<RunEvent["type"]> = new Set(["preparing", "paused", "resumed", "steered"]);

/**
 * Cuts `events.jsonl` for a resume: all of the first `lines` events stay, of the later ones those of the user.
 * @param before called with the number of events to be cut, where there are any, before the file changes
 * @returns the events that stay
 */
export function cutEvents(path: string, lines: number, before: (cut: number) => void = () => {}): RunEvent[] {
  const all = readEvents(path);
  const events = all.filter((event, i) => i < lines || kept.has(event.type));
  if (events.length < all.length) before(all.length - events.length);
  writeDurably(path, events.map(encodeEvent).join(""));
  return events;
}
