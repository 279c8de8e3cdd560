/**
 * Arrays that are used again: what a step needs the next one needs too, and memory that waits for the garbage
 * collector counts at the peak.
 */
export class ArrayPool {
  readonly #free: ArrayBuffer[] = [];

  /** An array of `length` numbers, whatever they are. */
  take(length: number): Float32Array {
    const bytes = 4 * length;
    let best = -1;
    for (const [i, { byteLength }] of this.#free.entries())
      if (byteLength >= bytes && (best < 0 || byteLength < this.#free[best]!.byteLength)) best = i;
    const buffer = best < 0 ? new ArrayBuffer(bytes) : this.#free.splice(best, 1)[0]!;
    return new Float32Array(buffer, 0, length);
  }

  /** Gives an array back that nothing reads any more. */
  give(array: Float32Array): void {
    this.#free.push(array.buffer as ArrayBuffer);
    // A larger batch than ever needs larger arrays; the small ones it could not use are let go.
    if (this.#free.length > 4096) this.#free.shift();
  }
}
