import { isUtf8 } from "node:buffer";
import { DataError } from "./error.ts";
import type { OnRow } from "./raw-rows.ts";
import { longestDocument, longestLine, megabytes } from "./text-bound.ts";

const newline = 0x0a;

/** Keys under which an object that is a whole data set has its rows. */
const wrappers = ["data", "rows", "train", "examples"];

/**
 * Takes a text in pieces and gives its rows. A text that begins with `[` is a JSON array; one whose first line is an object is JSON
 * Lines; else it is one JSON object over several lines, which has its rows under `data`, `rows`, `train` or `examples`, or is a row itself.
 */
export class TextRows {
  readonly #file: string;
  readonly #onRow: OnRow;
  readonly #namedLines: boolean;
  #mode: "start" | "first" | "lines" | "document" = "start";
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  /** Of the line that begins in what is pending. */
  #line = 1;
  #dropping = false;
  /** The first row, held until it is known not to be the only one. */
  #held: { line: number; value: unknown } | null = null;
  rows = 0;

  constructor(file: string, onRow: OnRow) {
    this.#file = file;
    this.#onRow = onRow;
    this.#namedLines = /\.(jsonl|ndjson)(\.gz)?$/i.test(file);
  }

  push(chunk: Buffer): void {
    if (this.#mode === "lines") {
      this.#pushLines(chunk);
      return;
    }
    this.#keep(chunk);
    if (this.#pendingBytes > longestDocument)
      throw new DataError(
        `${this.#file}: is over ${megabytes(longestDocument)} as one JSON document; write it as JSON Lines (.jsonl), one row a line`,
      );
    if (this.#mode === "start") this.#begin();
    if (this.#mode === "first" && chunk.includes(newline)) this.#firstLine(false);
  }

  end(): void {
    if (this.#mode === "start") this.#begin();
    if (this.#mode === "first") this.#firstLine(true);
    if (this.#mode === "document") this.#document(this.#decode(this.#take()));
    if (this.#mode === "lines") {
      if (this.#dropping) this.#dropped();
      else if (this.#pendingBytes > 0) this.#lines(this.#take());
      this.#release(true);
    }
  }

  /** Decides by the first character. */
  #begin(): void {
    let text = this.#take();
    const [first, second, third] = text;
    if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
      throw new DataError(`${this.#file}: is UTF-16 text; save it as UTF-8`);
    if (first === 0xef && second === 0xbb && third === 0xbf) text = text.subarray(3);
    let at = 0;
    for (; at < text.length && isBlank(text[at]!); at++) if (text[at] === newline) this.#line++;
    if (at === text.length) return;
    this.#keep(text.subarray(at));
    this.#mode = text[at] === 0x5b ? "document" : text[at] === 0x7b ? "first" : "lines";
    if (this.#mode === "lines") this.#pushLines(this.#take());
  }

  /** Decides by whether the first line is an object of its own. */
  #firstLine(ended: boolean): void {
    const text = this.#take();
    let end = text.indexOf(newline);
    if (end < 0) {
      if (!ended) {
        this.#keep(text);
        return;
      }
      end = text.length;
    }
    const line = text.subarray(0, end);
    try {
      this.#held = { line: this.#line, value: JSON.parse(this.#decode(line)) };
    } catch {
      if (!this.#namedLines || line.toString("latin1").trim() === "{") {
        this.#mode = "document";
        this.#keep(text);
        return;
      }
      this.#lines(line);
    }
    this.#mode = "lines";
    if (this.#held) this.#line++;
    if (end < text.length) this.#pushLines(text.subarray(end + 1));
  }

  #pushLines(chunk: Buffer): void {
    const last = chunk.lastIndexOf(newline);
    if (last < 0) {
      if (this.#dropping) return;
      this.#keep(chunk);
      if (this.#pendingBytes > longestLine) {
        this.#take();
        this.#dropping = true;
      }
      return;
    }
    let whole = chunk.subarray(0, last);
    if (this.#dropping) {
      const first = chunk.indexOf(newline);
      this.#dropped();
      if (first < last) this.#lines(chunk.subarray(first + 1, last));
    } else {
      if (this.#pendingBytes > 0) {
        this.#keep(whole);
        whole = this.#take();
      }
      this.#lines(whole);
    }
    if (last + 1 < chunk.length) this.#keep(chunk.subarray(last + 1));
  }

  /** Whole lines, without the last one's end. */
  #lines(bytes: Buffer): void {
    if (isUtf8(bytes)) {
      for (const line of bytes.toString("utf8").split("\n")) this.#oneLine(line);
      return;
    }
    for (let at = 0; at <= bytes.length; ) {
      const found = bytes.indexOf(newline, at);
      const end = found < 0 ? bytes.length : found;
      const line = bytes.subarray(at, end);
      if (isUtf8(line)) this.#oneLine(line.toString("utf8"));
      else this.#bad("is not UTF-8 text");
      at = end + 1;
    }
  }

  #oneLine(line: string): void {
    if (line.trim() === "") {
      this.#line++;
      return;
    }
    if (line.length > longestLine) {
      this.#bad(`is longer than ${megabytes(longestLine)}`);
      return;
    }
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      this.#bad(`not valid JSON (${(error as Error).message}); expected one JSON object a line`);
      return;
    }
    this.#release(false);
    this.#give(this.#line++, value);
  }

  #dropped(): void {
    this.#dropping = false;
    this.#bad(`is longer than ${megabytes(longestLine)}; expected one JSON object a line`);
  }

  #bad(problem: string): void {
    this.#release(false);
    this.rows++;
    this.#onRow({ line: this.#line++, value: undefined, problem });
  }

  /** Gives the row that was held; where it is the only one, it may be the whole data set in one line. */
  #release(only: boolean): void {
    const held = this.#held;
    if (!held) return;
    this.#held = null;
    const rows = only ? rowsOf(held.value) : null;
    if (rows) for (const row of rows) this.#give(null, row);
    else this.#give(held.line, held.value);
  }

  #document(text: string): void {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      const begins = text.startsWith("[") ? "a JSON array" : "a JSON object";
      throw new DataError(
        `${this.#file}: begins as ${begins} but is not valid JSON (${(error as Error).message})`,
      );
    }
    for (const row of Array.isArray(value) ? value : (rowsOf(value) ?? [value])) this.#give(null, row);
  }

  #give(line: number | null, value: unknown): void {
    this.rows++;
    this.#onRow({ line, value });
  }

  #decode(bytes: Buffer): string {
    if (!isUtf8(bytes)) throw new DataError(`${this.#file}: is not UTF-8 text`);
    return bytes.toString("utf8");
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
  }

  #take(): Buffer {
    const all = this.#pending.length === 1 ? this.#pending[0]! : Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    return all;
  }
}

/** The rows of an object that is a whole data set; the hub's viewer has each of them under `row`. */
function rowsOf(value: unknown): readonly unknown[] | null {
  if (typeof value !== "object" || value === null) return null;
  const fields = value as Readonly<Record<string, unknown>>;
  const key = wrappers.find((name) => Object.hasOwn(fields, name) && Array.isArray(fields[name]));
  if (key === undefined) return null;
  const rows = fields[key] as readonly unknown[];
  const viewed = (row: unknown): row is { row: unknown } =>
    typeof row === "object" && row !== null && Object.hasOwn(row, "row_idx") && Object.hasOwn(row, "row");
  return rows.every(viewed) ? rows.map(({ row }) => row) : rows;
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
