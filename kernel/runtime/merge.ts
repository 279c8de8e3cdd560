import { StringDecoder } from "node:string_decoder";

type Stream = "stdout" | "stderr";

/**
 * What a process writes past the console (child processes, native code) comes by other pipes than its reports. So
 * before a report the process writes a mark with the report's number to both standard streams; text before the mark
 * belongs before the report, text after it behind.
 */
export function mark(token: string, number: number): string {
  return `\u001b]alright;${token};${number}\u0007`;
}

interface Input {
  readonly decoder: StringDecoder;
  readonly pieces: (string | number)[];
  /** The number of the last mark that was passed. */
  passed: number;
  /** The end of the text so far that may be the beginning of a mark. */
  tail: string;
}

const input = (): Input => ({ decoder: new StringDecoder("utf8"), pieces: [], passed: 0, tail: "" });

/** Puts the reports and the texts of one process into one order. `R` has `mark` where it waits for one. */
export class Merge<R extends { readonly mark?: number }> {
  readonly #token: string;
  readonly #onReport: (report: R) => void;
  readonly #onText: (name: Stream, text: string) => void;
  readonly #inputs: Record<Stream, Input> = { stdout: input(), stderr: input() };
  #reports: R[] = [];
  #released = 0;
  #pumping = false;
  #ended = false;

  constructor(token: string, onReport: (report: R) => void, onText: (name: Stream, text: string) => void) {
    this.#token = token;
    this.#onReport = onReport;
    this.#onText = onText;
  }

  report(report: R): void {
    this.#reports.push(report);
    this.#pump();
  }

  text(name: Stream, chunk: Buffer): void {
    const one = this.#inputs[name];
    this.#cut(one, one.tail + one.decoder.write(chunk));
    this.#pump();
  }

  /** The process is gone: what is still here comes out, whatever it waits for. */
  end(): void {
    for (const name of ["stdout", "stderr"] as const) {
      const one = this.#inputs[name];
      const rest = one.tail + one.decoder.end();
      one.tail = "";
      if (rest) one.pieces.push(rest);
    }
    this.#ended = true;
    this.#pump();
  }

  /** Texts and marks; the beginning of a mark at the end waits for its rest. */
  #cut(one: Input, text: string): void {
    const begin = `\u001b]alright;${this.#token};`;
    let from = 0;
    for (;;) {
      const at = text.indexOf(begin, from);
      const end = at < 0 ? -1 : text.indexOf("\u0007", at);
      if (end < 0) break;
      if (at > from) one.pieces.push(text.slice(from, at));
      one.pieces.push(Number(text.slice(at + begin.length, end)));
      from = end + 1;
    }
    let kept = text.indexOf(begin, from);
    if (kept < 0) {
      kept = text.length;
      for (let length = Math.min(begin.length - 1, text.length - from); length > 0; length--) {
        if (!begin.startsWith(text.slice(text.length - length))) continue;
        kept = text.length - length;
        break;
      }
    }
    if (kept > from) one.pieces.push(text.slice(from, kept));
    one.tail = text.slice(kept);
  }

  #pump(): void {
    // What is delivered may bring more; the loop below sees it.
    if (this.#pumping) return;
    this.#pumping = true;
    for (let progress = true; progress; ) {
      progress = false;
      const next = this.#reports[0];
      // Reports come in order: one whose mark is passed over was never sent.
      if (next?.mark !== undefined) this.#released = Math.max(this.#released, next.mark - 1);
      for (const name of ["stdout", "stderr"] as const) if (this.#texts(name)) progress = true;
      if (next && (this.#isDue(next) || (this.#ended && !progress))) {
        this.#reports.shift();
        if (next.mark !== undefined) this.#released = next.mark;
        this.#onReport(next);
        progress = true;
      }
    }
    this.#pumping = false;
  }

  #isDue({ mark }: R): boolean {
    const { stdout, stderr } = this.#inputs;
    return mark === undefined || (stdout.passed >= mark && stderr.passed >= mark);
  }

  #texts(name: Stream): boolean {
    const one = this.#inputs[name];
    let some = false;
    for (let piece = one.pieces[0]; piece !== undefined; piece = one.pieces[0]) {
      if (typeof piece === "number") one.passed = piece;
      else if (one.passed <= this.#released || (this.#ended && this.#reports.length === 0))
        this.#onText(name, piece);
      else break;
      one.pieces.shift();
      some = true;
    }
    return some;
  }
}
