/** A socket that messages are sent on: `Router` and `XPublisher` alike. */
interface Sending {
  send(frames: Buffer[]): Promise<void>;
}

/** How much of one kind of message may go out: `burst` bytes at once, then `rate` bytes a second. */
export interface Pace {
  readonly burst: number;
  readonly rate: number;
}

interface Waiting {
  readonly frames: Buffer[];
  readonly bytes: number;
  readonly paced: boolean;
}

/**
 * One awaited send at a time. zeromq's `send` fails with EBUSY when called again before it settled, and messages
 * would be lost; so they wait here, in order.
 */
export class SendQueue {
  readonly #socket: Sending;
  readonly #pace: Pace | null;
  #waiting: Waiting[] = [];
  #bytes = 0;
  #sending: Promise<void> | null = null;
  /** Paced bytes that may go out at `#since`. */
  #allowance: number;
  #since = performance.now();
  /** Called when the number of bytes that wait has changed. */
  onChange: (bytes: number) => void = () => {};
  /** Called when the socket did not take a message within its `sendTimeout`: some client has stopped reading. */
  onStuck: () => void = () => {};

  constructor(socket: Sending, pace: Pace | null = null) {
    this.#socket = socket;
    this.#pace = pace;
    this.#allowance = pace?.burst ?? 0;
  }

  /** @param paced held back to the queue's pace; other messages only wait for those before them */
  send(frames: Buffer[], paced = false): void {
    const bytes = frames.reduce((sum, one) => sum + one.length, 0);
    this.#waiting.push({ frames, bytes, paced });
    this.#bytes += bytes;
    this.onChange(this.#bytes);
    this.#sending ??= this.#drain();
  }

  /** Settles when everything sent so far has been handed to the socket. */
  async flushed(): Promise<void> {
    while (this.#sending) await this.#sending;
  }

  async #drain(): Promise<void> {
    // `#sending` must be set before the loop can end.
    await null;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      for (const { frames, bytes, paced } of batch) {
        if (paced && this.#pace) await this.#hold(bytes, this.#pace);
        await this.#deliver(frames);
        this.#bytes -= bytes;
        this.onChange(this.#bytes);
      }
    }
    this.#sending = null;
  }

  /** A message larger than what may go out is sent; those after it wait until it is paid off. */
  async #hold(bytes: number, pace: Pace): Promise<void> {
    this.#refill(pace);
    if (this.#allowance < 0) {
      await new Promise((done) => setTimeout(done, (-1000 * this.#allowance) / pace.rate));
      this.#refill(pace);
    }
    this.#allowance -= bytes;
  }

  #refill({ burst, rate }: Pace): void {
    const now = performance.now();
    this.#allowance = Math.min(burst, this.#allowance + ((now - this.#since) / 1000) * rate);
    this.#since = now;
  }

  async #deliver(frames: Buffer[]): Promise<void> {
    try {
      await this.#socket.send(frames);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EAGAIN") {
        this.onStuck();
        await this.#socket.send(frames).catch(() => {});
      } else if (code !== "EHOSTUNREACH" && code !== "EBADF") {
        // A client that went away, a closed socket: there is nobody to tell. Anything else is said, and costs one message.
        process.stderr.write(`a message could not be sent: ${(error as Error).message}\n`);
      }
    }
  }
}
