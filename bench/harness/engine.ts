/** Processes that take turns: each answers one line of JSON to each line it is given. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { peakOfTree } from "./memory.ts";

export type Answer = Readonly<Record<string, string | number>>;

export class Engine {
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(name: string, command: string, args: readonly string[], options: object) {
    this.name = name;
    this.#process = spawn(command, [...args, JSON.stringify(options)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    // A process that has died is met at the next answer, not where the question is written.
    this.#process.stdin!.on("error", () => {});
    this.#lines = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
  }

  async ask(question: string): Promise<Answer> {
    this.#process.stdin!.write(`${question}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.name} ended before it answered "${question}"`);
    return JSON.parse(value) as Answer;
  }

  /** Largest memory of the process and its children so far, in MB; asks for "end", where the system does not tell. */
  async end(): Promise<number> {
    const peak = peakOfTree(this.#process.pid!);
    const { peakMegabytes } = await this.ask("end");
    return peak ?? Number(peakMegabytes);
  }

  stop(): void {
    this.#process.kill();
  }
}

type Reply = (...words: string[]) => Promise<Answer> | Answer;

/** Answers the questions of the process that started this one, with the function of a question's first word. */
export async function serve(answers: Readonly<Record<string, Reply>>): Promise<void> {
  const all: Readonly<Record<string, Reply>> = {
    end: () => ({ peakMegabytes: process.resourceUsage().maxRSS / 1024 }),
    ...answers,
  };
  for await (const question of createInterface({ input: process.stdin })) {
    const [word, ...words] = question.split(" ");
    const answer = all[word!];
    if (!answer)
      throw new Error(`there is no answer to "${question}", only to ${Object.keys(all).join(", ")}`);
    console.log(JSON.stringify(await answer(...words)));
  }
}

/** Seconds, and processor time of all threads, that some work takes. */
export async function timed(
  work: () => Promise<unknown>,
): Promise<Readonly<{ seconds: number; processor: number }>> {
  const start = performance.now();
  const used = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(used);
  return { seconds: (performance.now() - start) / 1000, processor: (user + system) / 1e6 };
}
