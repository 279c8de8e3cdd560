import { Reply, Router, XPublisher } from "zeromq";
import { address, type Connection } from "./connection.ts";

export interface Sockets {
  readonly shell: Router;
  readonly control: Router;
  readonly stdin: Router;
  readonly iopub: Publications;
  readonly heartbeat: Reply;
  close(): void;
}

/**
 * The publishing socket, whose subscriptions begin when they are accepted: no message comes to a subscriber before its
 * welcome (JEP 65). By itself ZeroMQ lets a subscription begin before it tells of it.
 */
export class Publications extends XPublisher {
  /** Answers a subscriber, from the message that was received last: its topic if it came, null if it went. */
  accept(frame: Buffer): Buffer | null {
    const topic = frame.subarray(1);
    if (frame[0] !== 0 && frame[0] !== 1) return null;
    this.setStringOption(frame[0] === 1 ? ZMQ_SUBSCRIBE : ZMQ_UNSUBSCRIBE, topic);
    return frame[0] === 1 ? topic : null;
  }
}

/** Numbers of zmq.h. */
const ZMQ_SUBSCRIBE = 6;
const ZMQ_UNSUBSCRIBE = 7;

/** Messages that wait for one slow subscriber before the others wait for it too. */
const IOPUB_WAITING = 1000;
/** How long all may wait for a subscriber that reads nothing at all, in ms; then its messages are dropped. */
export const IOPUB_PATIENCE = 3000;

/**
 * Binds the five sockets. Replies have no high-water mark. IOPub has one, and blocks at it (`noDrop`): nothing is
 * lost, and a cell that prints for ever fills no memory.
 */
export async function bindSockets(connection: Connection): Promise<Sockets> {
  const queue = { sendHighWaterMark: 0, receiveHighWaterMark: 0, linger: 1000 };
  const shell = new Router(queue);
  const control = new Router(queue);
  const stdin = new Router(queue);
  const iopub = new Publications({
    ...queue,
    sendHighWaterMark: IOPUB_WAITING,
    sendTimeout: IOPUB_PATIENCE,
    noDrop: true,
  });
  // Every subscriber is welcomed, also the second one to the same topic.
  iopub.verbosity = "allSubs";
  iopub.manual = true;
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

/**
 * The messages of a socket until it closes. A message that ZeroMQ itself throws away once it has announced it (a
 * request without its envelope) fails as EAGAIN; the next one is waited for.
 */
export async function* received(socket: {
  closed: boolean;
  receive(): Promise<Buffer[]>;
}): AsyncGenerator<Buffer[]> {
  while (!socket.closed) {
    let frames: Buffer[];
    try {
      frames = await socket.receive();
    } catch (error) {
      if (socket.closed) return;
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") process.stderr.write(`${error}\n`);
      // Whatever is wrong must not keep the other sockets from their turn.
      await new Promise((resolve) => setImmediate(resolve));
      continue;
    }
    yield frames;
  }
}

/** Echoes heartbeats until the socket closes. A client that does not wait for its echo costs nobody else theirs. */
export async function beat(heartbeat: Reply): Promise<void> {
  for await (const frames of received(heartbeat)) await heartbeat.send(frames).catch(() => {});
}
