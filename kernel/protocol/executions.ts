import type { Compiler } from "../compiler/client.ts";
import type { CompiledCell, ErrorContent, Outcome } from "../runtime/messages.ts";
import type { UserProcess } from "../runtime/process.ts";
import type { History } from "./history.ts";
import type { Content, Header, Message } from "./message.ts";
import type { Publisher } from "./publisher.ts";

export interface ExecutionParts {
  readonly compiler: Compiler;
  readonly user: UserProcess;
  readonly publisher: Publisher;
  readonly history: History;
  reply(message: Message, content: Content, metadata?: Content): void;
  onStart(id: number, message: Message): void;
}

/** Counts the cells of all shells, as one session. */
export interface Counter {
  count: number;
}

/** What a cell ends with that was interrupted before it ran. */
const INTERRUPTED: ErrorContent = {
  ename: "Interrupted",
  evalue: "the cell was interrupted",
  traceback: ["Interrupted: the cell was interrupted before it ran"],
};

/** The queue of one shell's cells: one runs, the others wait; after an error with `stop_on_error` the waiting ones are aborted. */
export class Executions {
  readonly #parts: ExecutionParts;
  readonly #counter: Counter;
  #waiting: Message[] = [];
  #current: Message | null = null;
  #parent: Header | Record<string, never> = {};
  #interrupted = false;

  constructor(parts: ExecutionParts, counter: Counter) {
    this.#parts = parts;
    this.#counter = counter;
  }

  get running(): boolean {
    return this.#current !== null;
  }

  /** The header of the cell that runs, or ran last. */
  get parent(): Header | Record<string, never> {
    return this.#parent;
  }

  add(message: Message): void {
    this.#waiting.push(message);
    if (!this.#current) void this.#drain();
  }

  /** A cell that is still being compiled will not run; what runs is the user process's to stop. */
  interrupt(): void {
    this.#interrupted = true;
    this.abortWaiting();
  }

  /** Answers every waiting cell with `aborted`. */
  abortWaiting(): void {
    this.#abort(this.#waiting.splice(0));
  }

  #abort(messages: readonly Message[]): void {
    const { publisher, reply } = this.#parts;
    for (const message of messages) {
      publisher.status("busy", message.header);
      reply(message, { status: "aborted" });
      publisher.status("idle", message.header);
    }
  }

  async #drain(): Promise<void> {
    for (let message = this.#waiting.shift(); message; message = this.#waiting.shift()) {
      this.#current = message;
      this.#parent = message.header;
      this.#interrupted = false;
      const { publisher, reply } = this.#parts;
      const started = new Date().toISOString();
      publisher.status("busy", message.header);
      let content: Content;
      try {
        content = await this.#run(message);
      } catch (error) {
        const { name, message: text } = error as Error;
        content = this.#fail(message, { ename: name, evalue: text, traceback: [`${name}: ${text}`] });
      }
      let aborted: Message[] = [];
      if (content.status === "error" && message.content.stop_on_error !== false) {
        // Cells sent together arrive together: let those on the wire in. Those sent after the reply are to run.
        await new Promise((resolve) => setTimeout(resolve, 5));
        aborted = this.#waiting.splice(0);
      }
      reply(message, content, { started });
      publisher.status("idle", message.header);
      this.#abort(aborted);
      this.#current = null;
    }
  }

  #fail(message: Message, error: ErrorContent): Content {
    this.#parts.publisher.error(message.header, error);
    const { ename, evalue, traceback } = error;
    return {
      status: "error",
      execution_count: this.#counter.count,
      ename,
      evalue,
      traceback,
      payload: [],
      user_expressions: {},
    };
  }

  async #run(message: Message): Promise<Content> {
    const { compiler, publisher, history, onStart } = this.#parts;
    const code = String(message.content.code ?? "");
    const silent = message.content.silent === true;
    const store = !silent && message.content.store_history !== false;
    if (store) this.#counter.count++;
    const { count } = this.#counter;
    if (store) history.add(count, code);
    // Its thread compiles while the cell is announced.
    const compiling = compiler.ask({ kind: "compile", code, label: `Cell [${count}]` });
    if (!silent) publisher.publish("execute_input", message.header, { code, execution_count: count });
    const compilation = await compiling;
    if (!compilation.ok) return this.#fail(message, compilation.error);
    if (this.#interrupted) {
      compiler.tell({ kind: "commit", id: compilation.cell.id, assigned: null });
      return this.#fail(message, INTERRUPTED);
    }
    onStart(compilation.cell.id, message);
    const outcome = await this.#execute(message, compilation.cell, count, !silent);
    // Questions are answered in order: the next one finds it done, and nobody need wait for it here.
    compiler.tell({ kind: "commit", id: compilation.cell.id, assigned: outcome.assigned });
    if (outcome.status === "error") return this.#fail(message, outcome);
    const text = outcome.result?.data?.["text/plain"];
    if (store && typeof text === "string") history.setOutput(count, text);
    return {
      status: "ok",
      execution_count: count,
      payload: outcome.payload,
      user_expressions: await this.#expressions(message, count),
    };
  }

  #execute(message: Message, cell: CompiledCell, count: number, publish: boolean): Promise<Outcome> {
    const order = {
      type: "execute",
      id: cell.id,
      count,
      parent: message.header,
      silent: message.content.silent === true,
      allowInput: message.content.allow_stdin === true,
      publish,
      cell,
    } as const;
    return this.#parts.user.execute(order, (outcome) => {
      if (!publish || outcome.status !== "ok" || !outcome.result || outcome.isReported) return;
      const content = { execution_count: count, ...outcome.result };
      this.#parts.publisher.publish("execute_result", message.header, content);
    });
  }

  /** Evaluates each of `user_expressions`; one that fails has its error as its value. */
  async #expressions(message: Message, count: number): Promise<Content> {
    const values: Content = {};
    for (const [name, code] of Object.entries(message.content.user_expressions ?? {})) {
      const label = `expression "${name}"`;
      const compilation = await this.#parts.compiler.ask({
        kind: "compile",
        code: String(code),
        label,
        expression: true,
      });
      const outcome: Outcome = this.#interrupted
        ? { status: "error", assigned: [], ...INTERRUPTED }
        : compilation.ok
          ? await this.#execute(message, compilation.cell, count, false)
          : { status: "error", assigned: [], ...compilation.error };
      values[name] =
        outcome.status === "ok"
          ? {
              status: "ok",
              data: outcome.result?.data ?? { "text/plain": "undefined" },
              metadata: outcome.result?.metadata ?? {},
            }
          : { status: "error", ename: outcome.ename, evalue: outcome.evalue, traceback: outcome.traceback };
    }
    return values;
  }
}
