import { Reply, Router, XPublisher } from "zeromq";
import { address, type Connection } from "./connection.ts";

/** A socket that messages are sent on: `Router` and `XPublisher` alike. */
interface Sending {
  send(frames: Buffer[]): Promise<void>;
}

/**
 * One awaited send at a time. zeromq's `send` fails with EBUSY when called again before it settled, and messages
 * would be lost; so they wait here, in order.
 */
export class SendQueue {
  readonly #socket: Sending;
  #waiting: Buffer[][] = [];
  #sending: Promise<void> | null = null;

  constructor(socket: Sending) {
    this.#socket = socket;
  }

  send(frames: Buffer[]): void {
    this.#waiting.push(frames);
    this.#sending ??= this.#drain();
  }

  /** Settles when everything sent so far has been handed to the socket. */
  async flushed(): Promise<void> {
    while (this.#sending) await this.#sending;
  }

  async #drain(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#waiting;
        this.#waiting = [];
        for (const frames of batch) {
          try {
            await this.#socket.send(frames);
          } catch (error) {
            // A client that went away (EHOSTUNREACH) or a closed socket: there is nobody to tell.
            if ((error as NodeJS.ErrnoException).code !== "EHOSTUNREACH") throw error;
          }
        }
      }
    } finally {
      this.#sending = null;
    }
  }
}

export interface Sockets {
  readonly shell: Router;
  readonly control: Router;
  readonly stdin: Router;
  readonly iopub: XPublisher;
  readonly heartbeat: Reply;
  close(): void;
}

/** Binds the five sockets. No high-water mark: nothing is dropped. */
export async function bindSockets(connection: Connection): Promise<Sockets> {
  const queue = { sendHighWaterMark: 0, receiveHighWaterMark: 0, linger: 1000 };
  const shell = new Router(queue);
  const control = new Router(queue);
  const stdin = new Router(queue);
  const iopub = new XPublisher(queue);
  // Every subscriber is welcomed, also the second one to the same topic.
  iopub.verbosity = "allSubs";
  const heartbeat = new Reply({ linger: 0 });
  await Promise.all([
    shell.bind(address(connection, "shell_port")),
    control.bind(address(connection, "control_port")),
    stdin.bind(address(connection, "stdin_port")),
    iopub.bind(address(connection, "iopub_port")),
    heartbeat.bind(address(connection, "hb_port")),
  ]);
  return {
    shell,
    control,
    stdin,
    iopub,
    heartbeat,
    close() {
      for (const socket of [shell, control, stdin, iopub, heartbeat]) socket.close();
    },
  };
}

/** Echoes heartbeats until the socket closes. */
export async function beat(heartbeat: Reply): Promise<void> {
  for await (const frames of heartbeat) await heartbeat.send(frames);
}
