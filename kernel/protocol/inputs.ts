import type { Router } from "zeromq";
import type { Report } from "../runtime/messages.ts";
import type { UserProcess } from "../runtime/process.ts";
import type { Message, Messages } from "./message.ts";
import { SendQueue } from "./send-queue.ts";
import { received } from "./sockets.ts";

type Ask = Extract<Report, { type: "input" }>;

/** Questions of a running cell to the person at the front end, over the stdin socket. */
export class Inputs {
  readonly #messages: Messages;
  readonly #socket: Router;
  readonly #queue: SendQueue;
  readonly #user: UserProcess;
  /** The cells that may ask, by execution: the main shell's, and those of subshells. */
  readonly #executions = new Map<number, Message>();
  #waiting: Ask[] = [];

  constructor(messages: Messages, socket: Router, user: UserProcess) {
    this.#messages = messages;
    this.#socket = socket;
    this.#queue = new SendQueue(socket);
    this.#user = user;
  }

  /** Cell `id` starts; its questions go to the client that sent it. */
  begin(id: number, message: Message): void {
    for (const [other, { header }] of this.#executions) {
      // A shell runs one cell at a time.
      if (header.subshell_id === message.header.subshell_id) this.#executions.delete(other);
    }
    this.#executions.set(id, message);
    this.#waiting = this.#waiting.filter(({ execution }) => this.#executions.has(execution));
  }

  #settle({ id, blocking }: Ask, answer: { value: string } | { error: string }): void {
    if (blocking) this.#user.tell({ input: id, ...answer });
    else this.#user.send({ type: "input_reply", id, ...answer });
  }

  ask(report: Ask): void {
    const message = this.#executions.get(report.execution);
    if (message?.content.allow_stdin !== true) {
      this.#settle(report, { error: "this front end, or a cell that has ended, cannot ask for input" });
      return;
    }
    this.#waiting.push(report);
    const { identities, header } = message;
    const content = { prompt: report.prompt, password: report.password };
    this.#queue.send(this.#messages.encode(identities, "input_request", header, content));
  }

  async listen(): Promise<void> {
    for await (const frames of received(this.#socket)) {
      try {
        const message = this.#messages.decode(frames);
        const { value } = message.content;
        if (message.header.msg_type !== "input_reply" || typeof value !== "string") continue;
        const asked = this.#waiting.shift();
        if (asked) this.#settle(asked, { value });
      } catch (error) {
        process.stderr.write(`${error}\n`);
      }
    }
  }

  cancel(): void {
    for (const asked of this.#waiting) this.#settle(asked, { error: "interrupted" });
    this.#waiting = [];
  }
}
