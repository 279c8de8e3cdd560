/**
 * Draws the latest state at most once an interval, one drawing at a time, and not at all while unseen: 300 updates in
 * 3 s drawn one by one keep a browser busy for twice as long, and nobody sees those between two frames.
 */
export class Pacing {
  readonly #draw: () => Promise<void>;
  readonly #interval: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = Number.NEGATIVE_INFINITY;
  #wanted = false;
  #drawing = false;
  #seen = false;
  #disposed = false;

  /** @param interval in ms, from the start of one drawing to that of the next */
  constructor(draw: () => Promise<void>, interval = 100) {
    this.#draw = draw;
    this.#interval = interval;
  }

  /** Something changed. */
  request(): void {
    this.#wanted = true;
    this.#plan();
  }

  set seen(seen: boolean) {
    this.#seen = seen;
    this.#plan();
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
  }

  #plan(): void {
    if (!this.#wanted || !this.#seen || this.#drawing || this.#disposed || this.#timer !== undefined) return;
    const wait = Math.max(0, this.#last + this.#interval - performance.now());
    this.#timer = setTimeout(() => void this.#run(), wait);
  }

  async #run(): Promise<void> {
    this.#timer = undefined;
    if (!this.#seen || this.#disposed) return;
    this.#wanted = false;
    this.#drawing = true;
    this.#last = performance.now();
    try {
      await this.#draw();
    } finally {
      this.#drawing = false;
      this.#plan();
    }
  }
}
