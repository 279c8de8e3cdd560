import { keptInput, type LoraLayer } from "../models/index.ts";
import { seedOf } from "../models/random.ts";
import type { Feed } from "./session.ts";

/** Where a mask comes in a run: two masks are alike only where all of this is. */
export interface DropoutKey {
  readonly seed: number;
  /** Gradients that the run has computed before. */
  readonly draw: number;
  /** The micro-batch within the batch. */
  readonly part: number;
}

/** What dropout leaves of the inputs of each adapter, for one micro-batch of so many tokens. */
export function dropoutFeeds(
  layers: readonly LoraLayer[],
  rate: number,
  key: DropoutKey,
  tokens: number,
): Map<string, Feed> {
  return new Map(
    layers.map(({ module, inputs }) => [
      keptInput(module),
      { type: "bool", data: keptMask(tokens * inputs, rate, module, key), shape: [tokens, inputs] },
    ]),
  );
}

/**
 * 1 where an element is kept, which has probability 1 − rate. The generator is counter-based (Salmon et al. 2011): an
 * element's number is a hash of its place, the layer and the key, so that a resumed run and the second pass of a step
 * have the same mask without anything being stored.
 */
export function keptMask(
  length: number,
  rate: number,
  module: string,
  { seed, draw, part }: DropoutKey,
): Uint8Array {
  const first = mix(mix(seedOf(seed, keptInput(module)) + draw) ^ part);
  const second = mix(first ^ GOLDEN);
  const dropped = Math.round(rate * 2 ** 31);
  const mask = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    // `mix`, with another key between its rounds: streams of different keys are not parts of one another.
    let z = (i + first) | 0;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul((z ^ (z >>> 15)) + second, 0x735a2d97);
    z = (z ^ (z >>> 15)) >>> 1;
    // z ≥ dropped, as the sign of a difference: half the time of a branch that nothing predicts.
    mask[i] = (dropped - 1 - z) >>> 31;
  }
  return mask;
}

const GOLDEN = 0x9e3779b9;

/** splitmix32: a bijection of 32 bits in which every bit of the result depends on every bit of `value`. */
function mix(value: number): number {
  let z = (value + GOLDEN) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return z ^ (z >>> 15);
}
