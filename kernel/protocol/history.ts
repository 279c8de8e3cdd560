/** One executed cell: its number, its text and the text of its result. */
interface Entry {
  readonly line: number;
  readonly input: string;
  output: string | null;
}

type Row = [session: number, line: number, input: string | [string, string | null]];

/** The session's history, in memory; there is one session, number 1. */
export class History {
  readonly #entries: Entry[] = [];

  add(line: number, input: string): void {
    this.#entries.push({ line, input, output: null });
  }

  setOutput(line: number, output: string): void {
    const entry = this.#entries.findLast((one) => one.line === line);
    if (entry) entry.output = output;
  }

  /** Answers a `history_request`. */
  answer(request: Record<string, unknown>): Row[] {
    const n = typeof request.n === "number" ? request.n : undefined;
    let entries: Entry[];
    if (request.hist_access_type === "range") {
      const session = typeof request.session === "number" ? request.session : 0;
      const start = typeof request.start === "number" ? request.start : 0;
      const stop = typeof request.stop === "number" ? request.stop : Number.POSITIVE_INFINITY;
      // Session 0 or less counts back from the current one; there are no earlier ones.
      entries =
        session === 0 || session === 1
          ? this.#entries.filter((one) => one.line >= start && one.line < stop)
          : [];
    } else if (request.hist_access_type === "search") {
      const pattern = glob(String(request.pattern ?? "*"));
      entries = this.#entries.filter((one) => pattern.test(one.input));
      if (request.unique === true) {
        entries = entries.filter(
          (one, at) => entries.findLastIndex((other) => other.input === one.input) === at,
        );
      }
      if (n !== undefined) entries = entries.slice(-n);
    } else {
      entries = n === undefined ? this.#entries : n > 0 ? this.#entries.slice(-n) : [];
    }
    return entries.map((one) => [1, one.line, request.output === true ? [one.input, one.output] : one.input]);
  }
}

/** A shell pattern (`*`, `?`) as a regular expression over the whole text. */
function glob(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*/g, ".*")
    .replace(/\?/g, ".");
  return new RegExp(`^${source}$`, "s");
}
