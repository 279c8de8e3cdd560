import { readFileSync } from "node:fs";
import { memoryLimit, shownBytes } from "../machine-share.ts";

/**
 * The largest resident memory of this process so far, in bytes. Linux counts the peak of the process that forked this one into
 * `getrusage` (a trainer of a large notebook would report the notebook's), and has this process's own in `/proc`.
 */
export function peakResident(): number {
  if (process.platform === "linux") {
    try {
      const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
      if (kilobytes) return Number(kilobytes) * 1024;
    } catch {
      // No /proc here; the other figure is better than none.
    }
  }
  return process.resourceUsage().maxRSS * 1024;
}

/** Time between two looks, in ms. */
const interval = 250;

/**
 * Looks from time to time whether this process has taken more than `ALRIGHT_MEMORY` allows. An estimate said before that it would
 * not, but estimates err, and data or methods of one's own are in none.
 */
export class MemoryWatch {
  readonly #limit: number | null;
  readonly #peak: () => number;
  #looked = Number.NEGATIVE_INFINITY;
  #told = false;

  constructor(limit = memoryLimit(), peak = peakResident) {
    this.#limit = limit;
    this.#peak = peak;
  }

  /** What the run did, once, for a sentence that begins with it; null where there is nothing to tell. */
  look(now = performance.now()): string | null {
    if (this.#limit === null || this.#told || now - this.#looked < interval) return null;
    this.#looked = now;
    const peak = this.#peak();
    if (peak <= this.#limit) return null;
    this.#told = true;
    return `took ${shownBytes(peak)} of memory, and ALRIGHT_MEMORY allows ${shownBytes(this.#limit)}; a smaller batchSize or maxLength needs less, or resume it where more is allowed`;
  }
}
