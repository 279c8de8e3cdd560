import { type CacheShape, cacheNames } from "../models/index.ts";
import type { Feed } from "./session.ts";

/** Places are made by so many at a time: what a token costs grows with them, used or not. */
const STEP = 64;

/**
 * Keys and values of the tokens so far, of up to `slots` sequences. Every layer has two arrays [slots, keyHeads,
 * capacity, dim], which graphs read in place; they grow with the longest sequence.
 */
export class KeyValueCache {
  readonly slots: number;
  readonly #shapes: readonly CacheShape[];
  #capacity = 0;
  #layers: { readonly key: Float32Array; readonly value: Float32Array }[] = [];
  /** Of the slots that were asked for; made anew when arrays grow. */
  readonly #feeds = new Map<string, Map<string, Feed>>();

  constructor(shapes: readonly CacheShape[], slots: number) {
    this.#shapes = shapes;
    this.slots = slots;
    this.#layers = shapes.map(() => ({ key: new Float32Array(0), value: new Float32Array(0) }));
  }

  /** Places of every slot. */
  get capacity(): number {
    return this.#capacity;
  }

  /** What a graph reads of slots `from` to `from + count − 1`, with room for `length` tokens each. */
  feeds(from: number, count: number, length: number): ReadonlyMap<string, Feed> {
    if (length > this.#capacity) this.#grow(STEP * Math.ceil(length / STEP));
    const known = this.#feeds.get(`${from}+${count}`);
    if (known) return known;
    const feeds = new Map<string, Feed>();
    for (const [layer, { keyHeads, dim }] of this.#shapes.entries()) {
      const slot = keyHeads * this.#capacity * dim;
      const shape = [count, keyHeads, this.#capacity, dim];
      for (const part of ["key", "value"] as const) {
        const data = this.#layers[layer]![part].subarray(from * slot, (from + count) * slot);
        feeds.set(cacheNames(layer).past[part], { type: "float32", data, shape });
      }
    }
    this.#feeds.set(`${from}+${count}`, feeds);
    return feeds;
  }

  /**
   * Puts a run's new keys and values [sequences, new, keyHeads · dim] into the slots from `from` on.
   *
   * @param before tokens that each of them has already
   */
  write(from: number, before: Int32Array, outputs: ReadonlyMap<string, Float32Array>): void {
    for (const [layer, { keyHeads, dim }] of this.#shapes.entries()) {
      const head = this.#capacity * dim;
      for (const part of ["key", "value"] as const) {
        const fresh = outputs.get(cacheNames(layer).fresh[part])!;
        const array = this.#layers[layer]![part];
        const each = fresh.length / (before.length * keyHeads * dim);
        let at = 0;
        for (let s = 0; s < before.length; s++) {
          for (let t = 0; t < each; t++) {
            const place = (from + s) * keyHeads * head + (before[s]! + t) * dim;
            for (let h = 0; h < keyHeads; h++, at += dim)
              array.set(fresh.subarray(at, at + dim), place + h * head);
          }
        }
      }
    }
  }

  /** Copies the first `length` places of one slot to another. */
  move(from: number, to: number, length: number): void {
    for (const [layer, { keyHeads, dim }] of this.#shapes.entries()) {
      const head = this.#capacity * dim;
      for (const array of Object.values(this.#layers[layer]!)) {
        for (let h = 0; h < keyHeads; h++) {
          const start = (from * keyHeads + h) * head;
          array.copyWithin((to * keyHeads + h) * head, start, start + length * dim);
        }
      }
    }
  }

  #grow(capacity: number): void {
    const before = this.#capacity;
    this.#capacity = capacity;
    this.#feeds.clear();
    this.#layers = this.#shapes.map(({ keyHeads, dim }, layer) => {
      const grown = (old: Float32Array) => {
        const array = new Float32Array(this.slots * keyHeads * capacity * dim);
        for (let head = 0; head < this.slots * keyHeads; head++)
          array.set(old.subarray(head * before * dim, (head + 1) * before * dim), head * capacity * dim);
        return array;
      };
      const { key, value } = this.#layers[layer]!;
      return { key: grown(key), value: grown(value) };
    });
  }
}
