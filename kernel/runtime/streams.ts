import { currentExecution, type Execution } from "./execution.ts";
import { report } from "./report.ts";

type Name = "stdout" | "stderr";

/** Text waits this long for more of it, in ms, and never grows past this many characters. */
const COALESCE = 50;
const LARGEST = 1 << 16;

let owner: Execution | null = null;
let name: Name = "stdout";
let text: string[] = [];
let length = 0;
let timer: NodeJS.Timeout | null = null;
let since = 0;

/** Text for the cell that is running, sent with what else comes within 50 ms. */
export function write(stream: Name, chunk: string): void {
  if (chunk === "") return;
  const execution = currentExecution();
  if (execution !== owner || stream !== name) flushStreams();
  owner = execution;
  name = stream;
  text.push(chunk);
  length += chunk.length;
  if (length >= LARGEST) flushStreams();
  else if (timer === null) {
    since = Date.now();
    timer = setTimeout(flushStreams, COALESCE);
  } else if (Date.now() - since > COALESCE) {
    // Synchronous code never lets the timer fire.
    flushStreams();
  }
}

/** Sends what waits. Called before every other kind of message, so that order holds. */
export function flushStreams(): void {
  if (timer) clearTimeout(timer);
  timer = null;
  if (text.length === 0) return;
  const joined = text.join("");
  text = [];
  length = 0;
  if (owner)
    report({ type: "publish", parent: owner.parent, kind: "stream", content: { name, text: joined } });
}

/** Sends what is written to standard output and error as stream messages. */
export function captureStreams(): void {
  for (const stream of ["stdout", "stderr"] as const) {
    process[stream].write = ((chunk: string | Uint8Array, encoding?: unknown, done?: unknown) => {
      write(stream, typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8"));
      const callback = typeof encoding === "function" ? encoding : done;
      if (typeof callback === "function") process.nextTick(callback as () => void);
      return true;
    }) as typeof process.stdout.write;
  }
}
