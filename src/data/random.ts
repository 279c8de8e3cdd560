import { createHash } from "node:crypto";

/** Where a generator stands; JSON-safe. */
export type RandomState = readonly [number, number, number, number];

/**
 * sfc32 (Doty-Humphrey, PractRand): a small, fast generator of 32-bit numbers with 128 bits of state. It is seeded with
 * a key of numbers and words, by SHA-256, so that `new Random(seed, "sft", epoch)` are streams of their own.
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter: number;

  constructor(...key: readonly (number | string)[]) {
    const digest = createHash("sha256").update(JSON.stringify(key)).digest();
    this.a = digest.readInt32LE(0);
    this.b = digest.readInt32LE(4);
    this.c = digest.readInt32LE(8);
    this.counter = 1;
    for (let i = 0; i < 15; i++) this.bits();
  }

  /** 32 random bits, as an unsigned integer. */
  bits(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** Uniform in [0, 1), with 53 random bits. */
  next(): number {
    return ((this.bits() >>> 5) * 67108864 + (this.bits() >>> 6)) / 9007199254740992;
  }

  /** Uniform in 0 … below − 1. */
  integer(below: number): number {
    return Math.floor(this.next() * below);
  }

  /** Standard normal (Box and Muller 1958). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  /** 0 … length − 1 in random order (Fisher and Yates). */
  permutation(length: number): Int32Array {
    const order = Int32Array.from({ length }, (_, i) => i);
    for (let i = length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const kept = order[i]!;
      order[i] = order[j]!;
      order[j] = kept;
    }
    return order;
  }

  state(): RandomState {
    return [this.a, this.b, this.c, this.counter];
  }

  restore([a, b, c, counter]: RandomState): void {
    this.a = a;
    this.b = b;
    this.c = c;
    this.counter = counter;
  }
}
