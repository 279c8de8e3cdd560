import type { Router } from "zeromq";
import { Compiler } from "../compiler/client.ts";
import type { Report } from "../runtime/messages.ts";
import { UserProcess } from "../runtime/process.ts";
import { Comms } from "./comms.ts";
import type { Connection } from "./connection.ts";
import { Executions } from "./executions.ts";
import { History } from "./history.ts";
import { kernelInfo } from "./info.ts";
import { Inputs } from "./inputs.ts";
import { completeReply, inspectReply, isCompleteReply } from "./language.ts";
import { type Content, type Message, Messages } from "./message.ts";
import { Publisher } from "./publisher.ts";
import { beat, bindSockets, SendQueue, type Sockets } from "./sockets.ts";

/** A request's way back: the socket that it came on. */
interface Channel {
  readonly queue: SendQueue;
}

/**
 * The kernel process: sockets and protocol state only. It never runs user code, so it answers while a cell spins.
 * Requests other than `execute_request` are answered as they come; cells run one after another.
 */
export class Kernel {
  readonly #messages: Messages;
  readonly #sockets: Sockets;
  readonly #publisher: Publisher;
  readonly #compiler: Compiler;
  readonly #user: UserProcess;
  readonly #history = new History();
  readonly #executions: Executions;
  readonly #inputs: Inputs;
  readonly #comms: Comms;
  readonly #shell: Channel;
  readonly #control: Channel;
  #closing = false;
  #onClosed: () => void = () => {};
  /** Settles when the kernel has been shut down. */
  readonly closed = new Promise<void>((resolve) => {
    this.#onClosed = resolve;
  });

  static async start(connection: Connection, directory: string): Promise<Kernel> {
    return new Kernel(connection, await bindSockets(connection), directory);
  }

  private constructor(connection: Connection, sockets: Sockets, directory: string) {
    this.#sockets = sockets;
    this.#messages = new Messages(connection.key, connection.signature_scheme);
    this.#publisher = new Publisher(this.#messages, sockets.iopub);
    this.#shell = { queue: new SendQueue(sockets.shell) };
    this.#control = { queue: new SendQueue(sockets.control) };
    this.#user = new UserProcess({
      onReport: (report) => this.#report(report),
      onText: (name, text) => this.#publisher.publish("stream", this.#executions.parent, { name, text }),
      onLost: () => {
        void this.#compiler.ask({ kind: "reset" });
        this.#comms.forget();
      },
    });
    this.#compiler = new Compiler(directory);
    this.#inputs = new Inputs(this.#messages, sockets.stdin, this.#user);
    this.#comms = new Comms(this.#publisher, this.#user);
    this.#executions = new Executions({
      compiler: this.#compiler,
      user: this.#user,
      publisher: this.#publisher,
      history: this.#history,
      reply: (message, content) => this.#reply(this.#shell, message, content),
      onStart: (id, message) => this.#inputs.begin(id, message),
    });
    void beat(sockets.heartbeat);
    void this.#publisher.welcome();
    void this.#listen(sockets.shell, this.#shell);
    void this.#listen(sockets.control, this.#control);
    void this.#inputs.listen();
    this.#publisher.status("starting", {});
  }

  interrupt(): void {
    this.#executions.abortWaiting();
    this.#inputs.cancel();
    this.#user.interrupt();
  }

  async #listen(socket: Router, channel: Channel): Promise<void> {
    for await (const frames of socket) {
      let message: Message;
      try {
        message = this.#messages.decode(frames);
      } catch (error) {
        process.stderr.write(`${error}\n`);
        continue;
      }
      if (message.header.msg_type === "execute_request") this.#executions.add(message);
      else void this.#handle(message, channel).then(() => this.#closing || this.#compiler.start());
    }
  }

  #reply(channel: Channel, message: Message, content: Content, metadata: Content = {}): void {
    const type = message.header.msg_type.replace("_request", "_reply");
    channel.queue.send(this.#messages.encode(message.identities, type, message.header, content, metadata));
  }

  async #handle(message: Message, channel: Channel): Promise<void> {
    this.#publisher.status("busy", message.header);
    try {
      const content = await this.#answer(message);
      if (content) this.#reply(channel, message, content);
    } catch (error) {
      const { name, message: evalue } = error as Error;
      this.#reply(channel, message, { status: "error", ename: name, evalue, traceback: [] });
    }
    this.#publisher.status("idle", message.header);
    // Front ends show the last status, whoever's it was: say again that a cell runs.
    if (this.#executions.running) this.#publisher.status("busy", this.#executions.parent);
    if (message.header.msg_type === "shutdown_request") await this.close();
  }

  /** The reply's content, or null for messages that have none. */
  async #answer(message: Message): Promise<Content | null> {
    const { content } = message;
    switch (message.header.msg_type) {
      case "kernel_info_request":
        return kernelInfo();
      case "complete_request":
        return completeReply(this.#compiler, content);
      case "inspect_request":
        return inspectReply(this.#compiler, content);
      case "is_complete_request":
        return isCompleteReply(this.#compiler, content);
      case "history_request":
        return { status: "ok", history: this.#history.answer(content) };
      case "comm_info_request":
        return { status: "ok", comms: this.#comms.list(content.target_name) };
      case "comm_open":
      case "comm_msg":
      case "comm_close":
        await this.#comms.receive(message);
        return null;
      case "interrupt_request":
        this.interrupt();
        return { status: "ok" };
      case "shutdown_request":
        return { status: "ok", restart: content.restart === true };
      default:
        if (!message.header.msg_type.endsWith("_request")) return null;
        return {
          status: "error",
          ename: "UnknownRequest",
          evalue: `this kernel does not know ${message.header.msg_type}`,
          traceback: [],
        };
    }
  }

  #report(report: Report): void {
    switch (report.type) {
      case "publish":
        this.#comms.sent(report.kind, report.content);
        this.#publisher.publish(report.kind, report.parent, report.content, report.metadata, report.buffers);
        break;
      case "input":
        this.#inputs.ask(report);
        break;
      case "snapshot":
        this.#comms.control.keep(report.snapshot, report.directory);
        break;
      case "control_heard":
        this.#comms.control.heard(report.id);
        break;
      case "control_reply":
        this.#comms.control.settle(report.id, report.reply);
        break;
      default:
        break;
    }
  }

  /** Ends the user process (its runs pause first), sends what waits, and closes the sockets. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#executions.abortWaiting();
    await this.#user.close();
    await this.#compiler.close();
    await Promise.all([
      this.#shell.queue.flushed(),
      this.#control.queue.flushed(),
      this.#publisher.flushed(),
    ]);
    this.#sockets.close();
    this.#onClosed();
  }
}
