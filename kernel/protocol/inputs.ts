import type { Router } from "zeromq";
import type { Report } from "../runtime/messages.ts";
import type { UserProcess } from "../runtime/process.ts";
import type { Message, Messages } from "./message.ts";
import { SendQueue } from "./sockets.ts";

type Ask = Extract<Report, { type: "input" }>;

/** Questions of a running cell to the person at the front end, over the stdin socket. */
export class Inputs {
  readonly #messages: Messages;
  readonly #socket: Router;
  readonly #queue: SendQueue;
  readonly #user: UserProcess;
  #execution: { id: number; message: Message } | null = null;
  #waiting: number[] = [];

  constructor(messages: Messages, socket: Router, user: UserProcess) {
    this.#messages = messages;
    this.#socket = socket;
    this.#queue = new SendQueue(socket);
    this.#user = user;
  }

  /** Cell `id` starts; its questions go to the client that sent it. */
  begin(id: number, message: Message): void {
    this.#execution = { id, message };
    this.#waiting = [];
  }

  ask(report: Ask): void {
    const execution = this.#execution;
    if (execution?.id !== report.execution || execution.message.content.allow_stdin !== true) {
      this.#user.send({
        type: "input_reply",
        id: report.id,
        error: "this front end, or a cell that has ended, cannot ask for input",
      });
      return;
    }
    this.#waiting.push(report.id);
    const { identities, header } = execution.message;
    const content = { prompt: report.prompt, password: report.password };
    this.#queue.send(this.#messages.encode(identities, "input_request", header, content));
  }

  async listen(): Promise<void> {
    for await (const frames of this.#socket) {
      try {
        const message = this.#messages.decode(frames);
        const id = this.#waiting.shift();
        if (message.header.msg_type === "input_reply" && id !== undefined) {
          this.#user.send({ type: "input_reply", id, value: String(message.content.value ?? "") });
        }
      } catch (error) {
        process.stderr.write(`${error}\n`);
      }
    }
  }

  cancel(): void {
    for (const id of this.#waiting) {
      this.#user.send({ type: "input_reply", id, error: "interrupted" });
    }
    this.#waiting = [];
  }
}
