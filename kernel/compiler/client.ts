import { Worker } from "node:worker_threads";
import { compiledFile } from "../../src/compiled.ts";
import type { Answers, Question } from "./messages.ts";

export class CompilerError extends Error {
  override readonly name = "CompilerError";
}

/** Megabytes for new objects of the compiler's thread; V8's own choice is three times as many. */
const NURSERY = 8;

interface Waiting {
  resolve(answer: never): void;
  reject(error: Error): void;
}

/** The compiler's thread, as the kernel process sees it: one promise for each question, answered in order. */
export class Compiler {
  readonly #directory: string;
  #worker: Worker | null = null;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;

  /** @param directory the notebook's, where imports resolve */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Loads TypeScript and, where nobody asks anything meanwhile, the standard library's types. */
  start(): Worker {
    this.#worker ??= this.#launch();
    return this.#worker;
  }

  #launch(): Worker {
    const worker = new Worker(compiledFile("./worker.js", import.meta.url), {
      workerData: { directory: this.#directory },
      // Nearly all that is read stays: a larger nursery would only be memory.
      resourceLimits: { maxYoungGenerationSizeMb: NURSERY },
    });
    worker.on("message", ({ id, answer, error }) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(answer as never);
      else waiting?.reject(new CompilerError(error));
    });
    worker.on("error", (error) => {
      for (const { reject } of this.#waiting.values()) {
        reject(new CompilerError(`The TypeScript compiler's thread ended: ${error}. Restart the kernel.`));
      }
      this.#waiting.clear();
    });
    return worker;
  }

  ask<Q extends Question>(question: Q): Promise<Answers[Q["kind"]]> {
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      this.#waiting.set(id, { resolve, reject });
      this.start().postMessage({ id, question });
    });
  }

  /** What has no answer to wait for; were the thread gone, the next question says so. */
  tell(question: Question): void {
    this.ask(question).catch(() => {});
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }
}
