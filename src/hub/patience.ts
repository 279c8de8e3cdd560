import { setTimeout as sleep } from "node:timers/promises";
import { HubError } from "./error.ts";

export interface PatienceOptions {
  /** Attempts that may fail one after the other. Default 5. */
  readonly tries?: number;
  /** Wait after the first failure, in milliseconds; it doubles with each one. Default 1000. */
  readonly pause?: number;
}

/** A server that asks for more is not waited for, in seconds. */
const longestWait = 120;

/** How often something is tried again: failures that may pass, with growing waits between them. */
export class Patience {
  readonly #tries: number;
  readonly #pause: number;
  readonly #signal: AbortSignal;
  #failures = 0;

  constructor(signal: AbortSignal, { tries = 5, pause = 1000 }: PatienceOptions = {}) {
    this.#tries = tries;
    this.#pause = pause;
    this.#signal = signal;
  }

  /** It went on meanwhile: failures are counted afresh. */
  renew(): void {
    this.#failures = 0;
  }

  /** Waits before another attempt. @throws the error where there is to be none */
  async after(error: unknown): Promise<void> {
    this.#signal.throwIfAborted();
    if (!(error instanceof HubError && error.temporary)) throw error;
    if (error.wait > longestWait) throw error;
    if (++this.#failures >= this.#tries) {
      if (this.#tries > 1) error.message += ` (tried ${this.#tries} times)`;
      throw error;
    }
    const pause = Math.max(error.wait * 1000, this.#pause * 2 ** (this.#failures - 1));
    await sleep(pause, undefined, { signal: this.#signal }).catch((reason: unknown) => {
      this.#signal.throwIfAborted();
      throw reason;
    });
  }

  /** Does something until it works or patience is at its end. */
  async with<T>(attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        await this.after(error);
      }
    }
  }
}
