import { randomUUID } from "node:crypto";
import { type Counter, type ExecutionParts, Executions } from "./executions.ts";
import type { Header, Message } from "./message.ts";

export class SubshellError extends Error {
  override readonly name = "SubshellError";
}

/**
 * The main shell and its subshells (JEP 91): a subshell's cells do not wait for the main shell's. All cells share one
 * JavaScript thread, so a subshell's cell gets its turn where the other one awaits something.
 */
export class Shells {
  readonly #parts: ExecutionParts;
  readonly #counter: Counter = { count: 0 };
  readonly #main: Executions;
  readonly #subshells = new Map<string, Executions>();
  #last: Executions;

  constructor(parts: ExecutionParts) {
    this.#parts = parts;
    this.#main = new Executions(parts, this.#counter);
    this.#last = this.#main;
  }

  /** The header of a cell that runs, else of the one that ran last: where output of nobody in particular belongs. */
  get parent(): Header | Record<string, never> {
    return (this.#all().find((one) => one.running) ?? this.#last).parent;
  }

  get running(): boolean {
    return this.#all().some((one) => one.running);
  }

  has({ subshell_id: id }: Pick<Header, "subshell_id">): boolean {
    return id === undefined || this.#subshells.has(id);
  }

  missing(id: unknown): string {
    return `there is no subshell ${JSON.stringify(id)}; open: ${this.list().join(", ") || "none"}`;
  }

  /** @throws SubshellError when the message is for a subshell that is not there */
  add(message: Message): void {
    this.#last = this.#of(message.header);
    this.#last.add(message);
  }

  interrupt(): void {
    for (const one of this.#all()) one.interrupt();
  }

  abortWaiting(): void {
    for (const one of this.#all()) one.abortWaiting();
  }

  create(): string {
    const id = randomUUID();
    this.#subshells.set(id, new Executions(this.#parts, this.#counter));
    return id;
  }

  list(): string[] {
    return [...this.#subshells.keys()];
  }

  /** Its waiting cells are aborted; one that runs goes on. @throws SubshellError */
  delete(id: unknown): void {
    this.#of({ subshell_id: String(id) }).abortWaiting();
    this.#subshells.delete(String(id));
  }

  #all(): Executions[] {
    return [this.#main, ...this.#subshells.values()];
  }

  #of({ subshell_id: id }: Pick<Header, "subshell_id">): Executions {
    const found = id === undefined ? this.#main : this.#subshells.get(id);
    if (found) return found;
    throw new SubshellError(this.missing(id));
  }
}
