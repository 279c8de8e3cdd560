import { appendFileSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** One executed cell: its session, its number there, its text and the text of its result. */
export interface Entry {
  readonly session: number;
  readonly line: number;
  readonly input: string;
  output: string | null;
}

/** A line of the file: a session starts; a cell; a cell's result. */
type Line =
  | { readonly session: number; readonly id: string }
  | { readonly s: number; readonly l: number; readonly i: string }
  | { readonly s: number; readonly l: number; readonly o: string };

/** A file beyond this size is cut to its newer half when a kernel starts, in bytes. */
const LARGEST = 4 << 20;
/** A result beyond this length is not kept, in characters. */
const LONGEST_OUTPUT = 10_000;

/**
 * Where the history is kept: `ALRIGHT_HISTORY` (a file, or `off`), else `alright-ts/history.jsonl` in the user's data
 * directory. Null: nowhere.
 */
export function historyPath(): string | null {
  const named = process.env.ALRIGHT_HISTORY;
  if (named === "off") return null;
  if (named) return named;
  return join(process.env.XDG_DATA_HOME || join(homedir(), ".local", "share"), "alright-ts", "history.jsonl");
}

/**
 * The cells of all sessions, a JSON object a line, only ever appended to: kernels that run at the same time share it.
 * A file that can't be read or written costs the history of earlier sessions, nothing else.
 */
export class HistoryFile {
  readonly #path: string | null;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string | null) {
    this.#path = path;
  }

  /** The entries of earlier sessions, oldest first, and the number of the last session. */
  read(): { entries: Entry[]; last: number } {
    const entries: Entry[] = [];
    const byPlace = new Map<string, Entry>();
    let last = 0;
    for (const line of this.#lines()) {
      if ("session" in line) {
        last = Math.max(last, line.session);
      } else if ("i" in line) {
        const entry: Entry = { session: line.s, line: line.l, input: line.i, output: null };
        entries.push(entry);
        byPlace.set(`${line.s}:${line.l}`, entry);
        last = Math.max(last, line.s);
      } else {
        const entry = byPlace.get(`${line.s}:${line.l}`);
        if (entry) entry.output = line.o;
      }
    }
    return { entries, last };
  }

  /** Takes the next session number. The file decides between kernels that ask at the same time: the first line wins. */
  begin(after: number, id: string): number {
    let session = after + 1;
    if (!this.#path) return session;
    try {
      mkdirSync(dirname(this.#path), { recursive: true });
      for (;;) {
        appendFileSync(this.#path, `${JSON.stringify({ session, id })}\n`, { mode: 0o600 });
        const first = this.#lines().find((line) => "session" in line && line.session === session);
        if (!first || !("id" in first) || first.id === id) return session;
        session++;
      }
    } catch (error) {
      process.stderr.write(`the history is not kept: ${(error as Error).message}\n`);
      return session;
    }
  }

  input(session: number, line: number, text: string): void {
    this.#append({ s: session, l: line, i: text });
  }

  output(session: number, line: number, text: string): void {
    if (text.length <= LONGEST_OUTPUT) this.#append({ s: session, l: line, o: text });
  }

  /** Settles when what was added is in the file. */
  flushed(): Promise<void> {
    return this.#writing;
  }

  #append(line: Line): void {
    const path = this.#path;
    if (!path) return;
    this.#writing = this.#writing
      .then(() => appendFile(path, `${JSON.stringify(line)}\n`, { mode: 0o600 }))
      .catch(() => {});
  }

  #lines(): Line[] {
    if (!this.#path || !statSync(this.#path, { throwIfNoEntry: false })?.isFile()) return [];
    try {
      let text = readFileSync(this.#path, "utf8");
      if (text.length > LARGEST) {
        text = text.slice(text.indexOf("\n", text.length - LARGEST / 2) + 1);
        writeFileSync(`${this.#path}.new`, text, { mode: 0o600 });
        renameSync(`${this.#path}.new`, this.#path);
      }
      return text.split("\n").flatMap((line) => readLine(line) ?? []);
    } catch (error) {
      process.stderr.write(`the history of earlier sessions is not read: ${(error as Error).message}\n`);
      return [];
    }
  }
}

/** A line that another program, or a kernel that was killed, left in another form is passed over. */
function readLine(text: string): Line | null {
  try {
    const line = JSON.parse(text);
    const isPlace = Number.isInteger(line?.s) && Number.isInteger(line?.l);
    const isCell = isPlace && (typeof line.i === "string" || typeof line.o === "string");
    const isSession = Number.isInteger(line?.session) && typeof line.id === "string";
    return isCell || isSession ? line : null;
  } catch {
    return null;
  }
}
