import { createRequire, syncBuiltinESMExports } from "node:module";
import { currentExecution, type Execution } from "./execution.ts";
import { report } from "./report.ts";
import { stopWhereUnheard } from "./stop-flag.ts";
import { plainTimers } from "./timers.ts";

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
  stopWhereUnheard();
  const execution = currentExecution();
  if (execution !== owner || stream !== name) flushStreams();
  owner = execution;
  name = stream;
  text.push(chunk);
  length += chunk.length;
  if (length >= LARGEST) flushStreams();
  else if (timer === null) {
    since = Date.now();
    timer = plainTimers.setTimeout(flushStreams, COALESCE);
  } else if (Date.now() - since > COALESCE) {
    // Synchronous code never lets the timer fire.
    flushStreams();
  }
}

/** Sends what waits. Called before every other kind of message, so that order holds. */
export function flushStreams(): void {
  if (timer) plainTimers.clearTimeout(timer);
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

/** A child process that shares this one's streams writes after what was printed before it was started. */
export function flushBeforeChildren(): void {
  const module = createRequire(import.meta.url)("node:child_process");
  for (const name of ["spawn", "spawnSync", "exec", "execSync", "execFile", "execFileSync", "fork"]) {
    const original = module[name];
    const flushing = function (this: unknown, ...given: unknown[]) {
      flushStreams();
      return original.apply(this, given);
    };
    // `util.promisify(exec)` looks for a symbol on the function.
    module[name] = Object.defineProperties(flushing, Object.getOwnPropertyDescriptors(original));
  }
  syncBuiltinESMExports();
}
