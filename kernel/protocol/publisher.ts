import type { Content, Header, Messages } from "./message.ts";
import { SendQueue } from "./send-queue.ts";
import { IOPUB_PATIENCE, type Publications, received } from "./sockets.ts";

type Parent = Header | Record<string, never>;

/**
 * Printed text goes out at once up to this many bytes, then at this many a second: a Jupyter server that has to drop
 * what is beyond its own limit stays usable.
 */
const PACE = { burst: 32 << 20, rate: 8 << 20 };
/** Bytes that may wait here before the cells' output is left in its pipes, where writing it blocks. */
const CONGESTED = 1 << 20;

/** Printed text waits this long for more of it, in ms, and never grows past this many characters. */
const COALESCE = 50;
const LARGEST = 1 << 16;

interface Text {
  readonly parent: Parent;
  readonly name: "stdout" | "stderr";
  readonly parts: string[];
  length: number;
}

/** Everything that goes out on IOPub. */
export class Publisher {
  readonly #messages: Messages;
  readonly #socket: Publications;
  readonly #queue: SendQueue;
  #congested = false;
  #text: Text | null = null;
  #timer: NodeJS.Timeout | null = null;

  /** @param onCongestion called when so much waits that no more output should come, and when it may again */
  constructor(messages: Messages, socket: Publications, onCongestion: (congested: boolean) => void) {
    this.#messages = messages;
    this.#socket = socket;
    this.#queue = new SendQueue(socket, PACE);
    this.#queue.onChange = (bytes) => {
      const congested = this.#congested ? bytes > CONGESTED / 2 : bytes > CONGESTED;
      if (congested === this.#congested) return;
      this.#congested = congested;
      onCongestion(congested);
    };
    this.#queue.onStuck = () => this.#drop();
  }

  /** Some subscriber reads nothing: for a while its messages are dropped, so that the others' go on. */
  #drop(): void {
    if (!this.#socket.closed) this.#socket.noDrop = false;
    process.stderr.write(
      "a client has stopped reading the kernel's output; what it does not read is dropped\n",
    );
    setTimeout(() => {
      if (!this.#socket.closed) this.#socket.noDrop = true;
    }, 10 * IOPUB_PATIENCE).unref();
  }

  publish(
    type: string,
    parent: Parent,
    content: Content,
    metadata: Content = {},
    buffers: readonly Uint8Array[] = [],
  ): void {
    // What was printed before stands before.
    if (type !== "stream") this.flushText();
    const topic = `kernel.${this.#messages.session}.${type}`;
    const frames = this.#messages.encode([topic], type, parent, content, metadata, buffers);
    this.#queue.send(frames, type === "stream");
  }

  /** Printed text: sent with what else comes within 50 ms, at the latest before the next message of another kind. */
  stream(parent: Parent, name: Text["name"], text: string): void {
    const waiting = this.#text;
    if (waiting && (waiting.name !== name || waiting.parent.msg_id !== parent.msg_id)) this.flushText();
    this.#text ??= { parent, name, parts: [], length: 0 };
    this.#text.parts.push(text);
    this.#text.length += text.length;
    if (this.#text.length >= LARGEST) this.flushText();
    else this.#timer ??= setTimeout(() => this.flushText(), COALESCE);
  }

  flushText(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const waiting = this.#text;
    this.#text = null;
    if (waiting) this.publish("stream", waiting.parent, { name: waiting.name, text: waiting.parts.join("") });
  }

  status(state: "starting" | "busy" | "idle", parent: Parent): void {
    this.publish("status", parent, { execution_state: state });
  }

  error(parent: Parent, error: { ename: string; evalue: string; traceback: readonly string[] }): void {
    const { ename, evalue, traceback } = error;
    this.publish("error", parent, { ename, evalue, traceback });
  }

  flushed(): Promise<void> {
    this.flushText();
    return this.#queue.flushed();
  }

  /** Welcomes subscribers (JEP 65), so that a client knows when its subscription holds. */
  async welcome(): Promise<void> {
    for await (const [frame] of received(this.#socket)) {
      const topic = frame ? this.#socket.accept(frame) : null;
      if (!topic) continue;
      const subscription = topic.toString("utf8");
      this.#queue.send(this.#messages.encode([subscription], "iopub_welcome", {}, { subscription }));
    }
  }
}
