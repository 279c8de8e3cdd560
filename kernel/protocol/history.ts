import type { Entry, HistoryFile } from "./history-file.ts";

type Row = [session: number, line: number, input: string | [string, string | null]];

/** The history of this session and, from the file, of those before it. */
export class History {
  readonly #file: HistoryFile;
  readonly #id: string;
  #earlier: { entries: Entry[]; last: number } | null = null;
  readonly #own: Entry[] = [];
  #session = 0;

  /** @param id the kernel session's, by which the file tells kernels apart */
  constructor(file: HistoryFile, id: string) {
    this.#file = file;
    this.#id = id;
  }

  /** Reads the earlier sessions; the first request that needs them does it at the latest. */
  load(): { entries: readonly Entry[]; last: number } {
    this.#earlier ??= this.#file.read();
    return this.#earlier;
  }

  add(line: number, input: string): void {
    if (this.#session === 0) this.#session = this.#file.begin(this.load().last, this.#id);
    this.#own.push({ session: this.#session, line, input, output: null });
    this.#file.input(this.#session, line, input);
  }

  setOutput(line: number, output: string): void {
    const entry = this.#own.findLast((one) => one.line === line);
    if (!entry) return;
    entry.output = output;
    this.#file.output(this.#session, line, output);
  }

  flushed(): Promise<void> {
    return this.#file.flushed();
  }

  /** Answers a `history_request`. */
  answer(request: Record<string, unknown>): Row[] {
    const { entries: earlier, last } = this.load();
    const all = [...earlier, ...this.#own];
    const n = typeof request.n === "number" ? request.n : undefined;
    let entries: Entry[];
    if (request.hist_access_type === "range") {
      const asked = typeof request.session === "number" ? request.session : 0;
      const start = typeof request.start === "number" ? request.start : 0;
      const stop = typeof request.stop === "number" ? request.stop : Number.POSITIVE_INFINITY;
      // Session 0 is this one; a negative number counts back from it.
      const current = this.#session || last + 1;
      const session = asked > 0 ? asked : current + asked;
      entries = all.filter((one) => one.session === session && one.line >= start && one.line < stop);
    } else if (request.hist_access_type === "search") {
      const matches = glob(String(request.pattern ?? "*"));
      entries = all.filter((one) => matches(one.input));
      if (request.unique === true) {
        const newest = new Map(entries.map((one, at) => [one.input, at]));
        entries = entries.filter((one, at) => newest.get(one.input) === at);
      }
      if (n !== undefined) entries = n > 0 ? entries.slice(-n) : [];
    } else {
      entries = n === undefined ? all : n > 0 ? all.slice(-n) : [];
    }
    const withOutput = request.output === true;
    return entries.map((one) => [one.session, one.line, withOutput ? [one.input, one.output] : one.input]);
  }
}

/**
 * A shell pattern (`*`, `?`) over the whole text. Not a regular expression: many stars would take it exponentially
 * long. A star that fits nowhere sends the search back to the last star only.
 */
function glob(pattern: string): (text: string) => boolean {
  return (text) => {
    let p = 0;
    let t = 0;
    let star = -1;
    let resume = 0;
    while (t < text.length) {
      if (pattern[p] === "*") {
        star = p++;
        resume = t;
      } else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === text[t])) {
        p++;
        t++;
      } else if (star >= 0) {
        p = star + 1;
        t = ++resume;
      } else {
        return false;
      }
    }
    while (pattern[p] === "*") p++;
    return p === pattern.length;
  };
}
