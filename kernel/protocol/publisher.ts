import type { XPublisher } from "zeromq";
import type { Content, Header, Messages } from "./message.ts";
import { SendQueue } from "./sockets.ts";

type Parent = Header | Record<string, never>;

/** Everything that goes out on IOPub. */
export class Publisher {
  readonly #messages: Messages;
  readonly #socket: XPublisher;
  readonly #queue: SendQueue;

  constructor(messages: Messages, socket: XPublisher) {
    this.#messages = messages;
    this.#socket = socket;
    this.#queue = new SendQueue(socket);
  }

  publish(
    type: string,
    parent: Parent,
    content: Content,
    metadata: Content = {},
    buffers: readonly Uint8Array[] = [],
  ): void {
    const topic = `kernel.${this.#messages.session}.${type}`;
    this.#queue.send(this.#messages.encode([topic], type, parent, content, metadata, buffers));
  }

  status(state: "starting" | "busy" | "idle", parent: Parent): void {
    this.publish("status", parent, { execution_state: state });
  }

  error(parent: Parent, error: { ename: string; evalue: string; traceback: readonly string[] }): void {
    const { ename, evalue, traceback } = error;
    this.publish("error", parent, { ename, evalue, traceback });
  }

  flushed(): Promise<void> {
    return this.#queue.flushed();
  }

  /** Welcomes subscribers (JEP 65), so that a client knows when its subscription holds. */
  async welcome(): Promise<void> {
    for await (const [frame] of this.#socket) {
      if (frame?.[0] !== 1) continue;
      const subscription = frame.subarray(1).toString("utf8");
      this.#queue.send(this.#messages.encode([subscription], "iopub_welcome", {}, { subscription }));
    }
  }
}
