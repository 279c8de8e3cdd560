import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { compileReader } from "./compile.ts";
import type { Said } from "./said.ts";

/** A file that was not read as files should be. */
export interface Failure {
  readonly format: string;
  readonly number: number;
  readonly why: string;
  /** Where the damaged files are kept, and how to read them again. */
  readonly directory: string;
  readonly command: string;
}

export interface Fuzzed {
  readonly files: number;
  /** How many ended in which way, as `tokenizer: TextError`. */
  readonly ends: Readonly<Record<string, number>>;
  readonly failures: readonly Failure[];
  readonly seconds: number;
  /** Largest memory above the base, in MB, by format. */
  readonly memory: Readonly<Record<string, number>>;
}

/** The heap of the reading process, in MB: far under the limit of what a file may take. */
const heap = 384;
const nodeOptions = [`--max-old-space-size=${heap}`];
/** Resident memory above the base, in bytes, at which the process is ended from without. */
const largest = 600 * 2 ** 20;
/** Processor seconds of one file, and seconds on the clock: another process may have the machine, but not for so long. */
const longest = 2.5;
const longestWait = 30;

/**
 * Reads damaged files of one format in processes of their own. A process that crashes, hangs or grows is ended, the file
 * recorded, and the next process goes on behind it.
 */
export async function fuzz(format: string, count: number, seed: number): Promise<Fuzzed> {
  const child = compileReader();
  const started = performance.now();
  const ends: Record<string, number> = {};
  const failures: Failure[] = [];
  let memory = 0;
  for (let from = 0; from < count && failures.length < 20; ) {
    const { next, why } = await readFrom(child, format, { seed, from, count }, (said) => {
      memory = Math.max(memory, said.memory);
      const end = `${format}: ${said.end}`;
      ends[end] = (ends[end] ?? 0) + 1;
      if (said.wrong !== null) failures.push(failure(child, format, seed, said.number, said.wrong));
    });
    if (why !== null) failures.push(failure(child, format, seed, next - 1, why));
    from = next;
  }
  const seconds = (performance.now() - started) / 1000;
  return { files: count, ends, failures, seconds, memory: { [format]: Math.round(memory / 2 ** 20) } };
}

function failure(child: string, format: string, seed: number, number: number, why: string): Failure {
  const directory = mkdtempSync(join(tmpdir(), `alright-fuzz-${format}-${seed}-${number}-`));
  spawnSync(process.execPath, [child, "keep", String(seed), format, String(number), directory]);
  const command = `${["node", ...nodeOptions, child].join(" ")} ${format} ${directory}`;
  return { format, number, why, directory, command };
}

type End = Said & { type: "end" };

async function readFrom(
  file: string,
  format: string,
  { seed, from, count }: { seed: number; from: number; count: number },
  hear: (end: End) => void,
): Promise<{ next: number; why: string | null }> {
  const child = spawn(process.execPath, [...nodeOptions, file, ...[seed, format, from, count].map(String)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const watch = new Watch(child);
  let cried = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    cried = (cried + text).slice(-3000);
  });
  let reading = -1;
  let next = from;
  let done = false;
  for await (const line of createInterface(child.stdout)) {
    const said = JSON.parse(line) as Said;
    if (said.type === "undamaged")
      throw new Error(`an undamaged file of ${format} is not read: ${said.wrong}`);
    if (said.type === "ready") watch.base = said.base;
    if (said.type === "begin") {
      reading = said.number;
      watch.begin();
    }
    if (said.type === "end") {
      next = said.number + 1;
      reading = -1;
      watch.end();
      hear(said);
    }
    done ||= said.type === "done";
  }
  const { code, signal } = await watch.closed;
  if (done) return { next: count, why: null };
  if (reading < 0 && next > from && code === 0) return { next, why: null }; // ended itself after a file that took too much
  if (reading < 0) throw new Error(`the reading process of ${format} ended between two files: ${cried}`);
  const how = watch.ended ?? `crashed (${signal ?? `exit code ${code}`}): ${cried}`;
  return { next: reading + 1, why: how };
}

/** Ends a process that takes too long or too much for the file that it reads. */
class Watch {
  base = Infinity;
  /** Why it was ended. */
  ended: string | null = null;
  readonly closed: Promise<{ code: number | null; signal: string | null }>;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #timer: NodeJS.Timeout;
  #began: { clock: number; processor: number } | null = null;

  constructor(child: ChildProcessByStdio<null, Readable, Readable>) {
    this.#child = child;
    this.#timer = setInterval(() => this.#look(), 50);
    this.closed = new Promise((resolve) => {
      child.on("close", (code, signal) => {
        clearInterval(this.#timer);
        resolve({ code, signal });
      });
    });
  }

  begin(): void {
    this.#began = { clock: performance.now(), processor: this.#used()?.processor ?? 0 };
  }

  end(): void {
    this.#began = null;
  }

  #look(): void {
    const used = this.#used();
    if (!this.#began) return;
    const waited = (performance.now() - this.#began.clock) / 1000;
    const worked = used ? used.processor - this.#began.processor : waited;
    if (worked > longest || waited > longestWait)
      this.#end(
        `hung: not done after ${worked.toFixed(1)} s of processor time, ${waited.toFixed(1)} s on the clock`,
      );
    if (used && used.memory - this.base > largest)
      this.#end(`took ${Math.round((used.memory - this.base) / 2 ** 20)} MB and more`);
  }

  #end(why: string): void {
    this.ended ??= why;
    this.#child.kill("SIGKILL");
  }

  /** Processor seconds and resident bytes of the process, where the system tells them (Linux). */
  #used(): { processor: number; memory: number } | null {
    try {
      const stat = readFileSync(`/proc/${this.#child.pid}/stat`, "latin1");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      // utime and stime in ticks of 10 ms, rss in pages of 4 KB (proc(5), from field 3 on)
      const processor = (Number(fields[11]) + Number(fields[12])) / 100;
      return { processor, memory: Number(fields[21]) * 4096 };
    } catch {
      return null;
    }
  }
}
