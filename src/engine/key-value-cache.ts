import { type CacheShape, cacheNames } from "../models/index.ts";
import type { Feed } from "./session.ts";

/**
 * Keys and values of the tokens so far, of up to `slots` sequences. Every layer has two arrays [slots, keyHeads,
 * capacity, dim], which onnxruntime reads and writes in place, so that no token costs a copy of them.
 */
export class KeyValueCache {
  readonly slots: number;
  readonly capacity: number;
  readonly #layers: readonly {
    readonly keyHeads: number;
    readonly dim: number;
    readonly key: Float32Array;
    readonly value: Float32Array;
  }[];
  readonly #feeds = new Map<string, { past: Map<string, Feed>; present: Map<string, Feed> }>();

  constructor(layers: readonly CacheShape[], slots: number, capacity: number) {
    this.slots = slots;
    this.capacity = capacity;
    this.#layers = layers.map(({ keyHeads, dim }) => {
      const size = slots * keyHeads * capacity * dim;
      return { keyHeads, dim, key: new Float32Array(size), value: new Float32Array(size) };
    });
  }

  /** Slots `from` to `from + count − 1` as a graph's inputs, and the same arrays as its outputs. */
  feeds(from: number, count: number): { past: Map<string, Feed>; present: Map<string, Feed> } {
    const known = this.#feeds.get(`${from}+${count}`);
    if (known) return known;
    const made = { past: new Map<string, Feed>(), present: new Map<string, Feed>() };
    for (const [i, { keyHeads, dim, ...arrays }] of this.#layers.entries()) {
      const { past, present } = cacheNames(i);
      const slot = keyHeads * this.capacity * dim;
      for (const part of ["key", "value"] as const) {
        const data = arrays[part].subarray(from * slot, (from + count) * slot);
        const feed: Feed = { type: "float32", data, shape: [count, keyHeads, this.capacity, dim] };
        made.past.set(past[part], feed);
        made.present.set(present[part], feed);
      }
    }
    this.#feeds.set(`${from}+${count}`, made);
    return made;
  }

  /** Copies the first `length` places of one slot to another. */
  move(from: number, to: number, length: number): void {
    for (const { keyHeads, dim, key, value } of this.#layers) {
      const head = this.capacity * dim;
      for (const array of [key, value]) {
        for (let h = 0; h < keyHeads; h++) {
          const start = (from * keyHeads + h) * head;
          array.copyWithin((to * keyHeads + h) * head, start, start + length * dim);
        }
      }
    }
  }
}
