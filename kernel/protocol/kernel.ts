import type { Router } from "zeromq";
import type { Compiler } from "../compiler/client.ts";
import { collectWhenIdle } from "../garbage.ts";
import type { Report } from "../runtime/messages.ts";
import { UserProcess } from "../runtime/process.ts";
import { Comms } from "./comms.ts";
import type { Connection } from "./connection.ts";
import { History } from "./history.ts";
import { HistoryFile, historyPath } from "./history-file.ts";
import { kernelInfo } from "./info.ts";
import { Inputs } from "./inputs.ts";
import { completeReply, inspectReply, isCompleteReply } from "./language.ts";
import { type Content, type Header, type Message, Messages } from "./message.ts";
import { Publisher } from "./publisher.ts";
import { SendQueue } from "./send-queue.ts";
import { Shells, SubshellError } from "./shells.ts";
import { beat, bindSockets, received, type Sockets } from "./sockets.ts";

/** Messages, and pieces of printed text, between two collections of garbage. */
const MANY = 50;

/** A request's way back: the socket that it came on. */
interface Channel {
  readonly queue: SendQueue;
}

/**
 * The kernel process: sockets and protocol state only. It never runs user code, so it answers while a cell spins.
 * Requests other than `execute_request` are answered as they come; cells run one after another.
 */
export class Kernel {
  readonly #connection: Connection;
  readonly #messages: Messages;
  readonly #sockets: Sockets;
  readonly #publisher: Publisher;
  readonly #compiler: Compiler;
  readonly #user: UserProcess;
  readonly #history: History;
  readonly #shells: Shells;
  readonly #inputs: Inputs;
  readonly #comms: Comms;
  readonly #shell: Channel;
  readonly #control: Channel;
  /** Whose text it is, by execution: late timers print too. */
  readonly #printing = new Map<number, Header>();
  #closing = false;
  #onClosed: () => void = () => {};
  /** Settles when the kernel has been shut down. */
  readonly closed = new Promise<void>((resolve) => {
    this.#onClosed = resolve;
  });

  static async start(connection: Connection, compiler: Compiler): Promise<Kernel> {
    return new Kernel(connection, await bindSockets(connection), compiler);
  }

  private constructor(connection: Connection, sockets: Sockets, compiler: Compiler) {
    this.#sockets = sockets;
    this.#messages = new Messages(connection.key, connection.signature_scheme);
    this.#connection = connection;
    this.#history = new History(new HistoryFile(historyPath()), this.#messages.session);
    this.#publisher = new Publisher(this.#messages, sockets.iopub, (congested) => this.#user.hold(congested));
    this.#shell = { queue: new SendQueue(sockets.shell) };
    this.#control = { queue: new SendQueue(sockets.control) };
    this.#user = new UserProcess({
      onReport: (report) => this.#report(report),
      onText: (name, text) => {
        collectWhenIdle(MANY);
        this.#publisher.stream(this.#shells.parent, name, text);
      },
      onLost: () => {
        this.#compiler.tell({ kind: "reset" });
        this.#comms.forget();
      },
    });
    this.#compiler = compiler;
    this.#inputs = new Inputs(this.#messages, sockets.stdin, this.#user);
    this.#comms = new Comms(this.#publisher, this.#user);
    this.#shells = new Shells({
      compiler: this.#compiler,
      user: this.#user,
      publisher: this.#publisher,
      history: this.#history,
      reply: (message, content, metadata) => this.#reply(this.#shell, message, content, metadata),
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
    this.#shells.interrupt();
    this.#inputs.cancel();
    this.#user.interrupt();
  }

  async #listen(socket: Router, channel: Channel): Promise<void> {
    for await (const frames of received(socket)) {
      collectWhenIdle(MANY);
      try {
        this.#receive(this.#messages.decode(frames), channel);
      } catch (error) {
        // Logged, and without effect.
        process.stderr.write(`${error}\n`);
      }
    }
  }

  #receive(message: Message, channel: Channel): void {
    const isCell = message.header.msg_type === "execute_request" && channel === this.#shell;
    if (isCell && this.#shells.has(message.header)) {
      this.#shells.add(message);
      return;
    }
    void this.#handle(message, channel).then(() => {
      if (!this.#closing) this.#history.load();
    });
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
      if (message.header.msg_type.endsWith("_request"))
        this.#reply(channel, message, { status: "error", ename: name, evalue, traceback: [] });
      else process.stderr.write(`${error}\n`);
    }
    this.#publisher.status("idle", message.header);
    // Front ends show the last status, whoever's it was: say again that a cell runs.
    if (this.#shells.running) this.#publisher.status("busy", this.#shells.parent);
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
        return this.#shutdownReply(message);
      case "connect_request": {
        const { shell_port, iopub_port, stdin_port, control_port, hb_port } = this.#connection;
        return { status: "ok", shell_port, iopub_port, stdin_port, control_port, hb_port };
      }
      case "create_subshell_request":
        return { status: "ok", subshell_id: this.#shells.create() };
      case "list_subshell_request":
        return { status: "ok", subshell_id: this.#shells.list() };
      case "delete_subshell_request":
        this.#shells.delete(content.subshell_id);
        return { status: "ok" };
      case "execute_request":
        throw new SubshellError(
          this.#shells.has(message.header)
            ? "cells are executed on the shell socket"
            : this.#shells.missing(message.header.subshell_id),
        );
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

  /** The clients that did not ask learn of it on IOPub. */
  #shutdownReply({ header, content }: Message): Content {
    const reply = { status: "ok", restart: content.restart === true };
    this.#publisher.publish("shutdown_reply", header, reply);
    return reply;
  }

  #report(report: Report): void {
    switch (report.type) {
      case "publish":
        this.#comms.sent(report.kind, report.content);
        this.#publisher.publish(report.kind, report.parent, report.content, report.metadata, report.buffers);
        break;
      case "stream": {
        if (report.parent) this.#printing.set(report.execution, report.parent);
        const parent = this.#printing.get(report.execution) ?? this.#shells.parent;
        this.#publisher.stream(parent, report.name, report.text);
        break;
      }
      case "input":
        this.#publisher.flushText();
        this.#inputs.ask(report);
        break;
      case "comm_done":
        this.#comms.handled(report.id);
        break;
      case "snapshot":
        this.#comms.keep(report.snapshot, report.directory);
        break;
      case "run_gone":
        this.#comms.gone(report.runId);
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
    this.#shells.abortWaiting();
    await this.#user.close();
    await this.#compiler.close();
    await Promise.all([
      this.#shell.queue.flushed(),
      this.#control.queue.flushed(),
      this.#publisher.flushed(),
      this.#history.flushed(),
    ]);
    this.#sockets.close();
    this.#onClosed();
  }
}
