/** Least time between two snapshots, in ms. */
const interval = 250;

/** Tells listeners where something stands when it has changed, a few times a second at most. */
export class Announcements<T> {
  readonly #now: () => T;
  readonly #listeners = new Set<(news: T) => void>();
  #timer: NodeJS.Timeout | null = null;
  #told = 0;

  constructor(now: () => T) {
    this.#now = now;
  }

  /** Returns the way to end it. */
  add(listener: (news: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(): void {
    if (this.#timer || this.#listeners.size === 0) return;
    this.#timer = setTimeout(() => this.tell(), Math.max(0, this.#told + interval - Date.now()));
  }

  /** At once. */
  tell(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#told = Date.now();
    if (this.#listeners.size === 0) return;
    const news = this.#now();
    for (const listener of [...this.#listeners]) listener(news);
  }
}
