/** Of the time, drawing takes at most one part in so many: a page that draws without pause leaves none for typing. */
const share = 8;
/** What the reader asks for comes this soon after the drawing before, in ms. */
const promptly = 100;
/** However long a drawing takes, the next one follows within this, in ms. */
const longest = 1000;

/**
 * Draws the latest state at most once an interval, one drawing at a time, and not at all while unseen: 300 updates in
 * 3 s drawn one by one keep a browser busy for twice as long, and nobody sees those between two frames. What takes long
 * to draw is drawn less often.
 */
export class Pacing {
  readonly #draw: () => Promise<void>;
  #interval: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = Number.NEGATIVE_INFINITY;
  #took = 0;
  #wanted = false;
  #prompt = false;
  #drawing = false;
  #seen = false;
  #disposed = false;

  /** @param interval in ms, at least, from the start of one drawing to that of the next */
  constructor(draw: () => Promise<void>, interval = 100) {
    this.#draw = draw;
    this.#interval = interval;
  }

  /**
   * Something changed.
   * @param prompt the reader did it, and waits to see it
   */
  request(prompt = false): void {
    this.#wanted = true;
    if (prompt && !this.#prompt) {
      this.#prompt = true;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    this.#plan();
  }

  /** In ms; a drawing that is planned already comes when it was to come. */
  set interval(interval: number) {
    this.#interval = interval;
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
    const pause = this.#prompt ? 0 : Math.min(longest, share * this.#took);
    const interval = Math.max(this.#prompt ? promptly : this.#interval, pause);
    const wait = Math.max(0, this.#last + interval - performance.now());
    this.#timer = setTimeout(() => void this.#run(), wait);
  }

  async #run(): Promise<void> {
    this.#timer = undefined;
    if (!this.#seen || this.#disposed) return;
    this.#wanted = false;
    this.#prompt = false;
    this.#drawing = true;
    this.#last = performance.now();
    try {
      await this.#draw();
    } finally {
      this.#took = performance.now() - this.#last;
      this.#drawing = false;
      this.#plan();
    }
  }
}
