import { EngineError } from "./errors.ts";

export interface SamplingOptions {
  /** 0: always the likeliest token. Else logits are divided by it. Default 0. */
  readonly temperature?: number;
  /** Only the likeliest tokens whose probabilities add up to at least this (Holtzman et al. 2020). Default 1: all. */
  readonly topP?: number;
  /** Only so many of the likeliest tokens; applied before `topP`. Default `null`: all. */
  readonly topK?: number | null;
}

/** Chooses a token id by its logits [vocabulary]; `random` is uniform in [0, 1) and asked once, where it is needed. */
export type Sampler = (logits: Float32Array, random: () => number) => number;

/** @throws EngineError for an option out of its range */
export function sampler({ temperature = 0, topP = 1, topK = null }: SamplingOptions): Sampler {
  if (!(temperature >= 0 && temperature < Infinity))
    throw new EngineError(`temperature is ${temperature}; expected a number from 0 (the likeliest token) on`);
  if (!(topP > 0 && topP <= 1))
    throw new EngineError(`topP is ${topP}; expected a number above 0, at most 1`);
  if (topK !== null && !(Number.isSafeInteger(topK) && topK > 0))
    throw new EngineError(`topK is ${topK}; expected a positive integer, or null for all tokens`);
  if (temperature === 0) return (logits) => likeliest(logits);
  return (logits, random) => {
    const all = probabilities(logits, temperature);
    const some = topK === null && topP === 1 ? null : nucleus(all, topK ?? all.length, topP);
    return draw(all, some, random());
  };
}

/** The first of the largest. @throws EngineError where there is a NaN */
function likeliest(logits: Float32Array): number {
  let best = 0;
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i]!;
    if (logit > logits[best]!) best = i;
    else if (Number.isNaN(logit)) throw notANumber(i);
  }
  return best;
}

const notANumber = (id: number) =>
  new EngineError(`the logit of token ${id} is not a number; the model's weights are damaged or overflow`);

/** softmax(logits / temperature). */
export function probabilities(logits: Float32Array, temperature: number): Float64Array {
  const largest = logits[likeliest(logits)]!;
  const all = new Float64Array(logits.length);
  let sum = 0;
  for (let i = 0; i < all.length; i++) sum += all[i] = Math.exp((logits[i]! - largest) / temperature);
  for (let i = 0; i < all.length; i++) all[i]! /= sum;
  return all;
}

/**
 * The `topK` likeliest tokens, of those the fewest whose share reaches `topP`; the likeliest first, equal ones by id.
 *
 * @param all probabilities that add up to 1
 */
export function nucleus(all: Float64Array, topK: number, topP: number): Int32Array {
  // Tokens below (1 − topP) / vocabulary have less than 1 − topP together, so none of them is needed to reach topP:
  // that leaves few to sort. A cut by topK first takes its share of a smaller sum, so there all are sorted.
  const least = topK < all.length ? 0 : (1 - topP) / all.length;
  const ids: number[] = [];
  for (let i = 0; i < all.length; i++) if (all[i]! >= least) ids.push(i);
  ids.sort((a, b) => all[b]! - all[a]! || a - b);
  const kept = Math.min(topK, ids.length);
  let sum = 0;
  for (let i = 0; i < kept; i++) sum += all[ids[i]!]!;
  const enough = topP * (kept < all.length && topK < all.length ? sum : 1);
  let reached = 0;
  let count = 0;
  while (count < kept && reached < enough) reached += all[ids[count++]!]!;
  return Int32Array.from(ids.slice(0, count));
}

/** The token at `at` ∈ [0, 1) of the cumulative distribution over `some` tokens, or all. */
function draw(all: Float64Array, some: Int32Array | null, at: number): number {
  const count = some?.length ?? all.length;
  const id = (i: number) => (some ? some[i]! : i);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += all[id(i)]!;
  let rest = at * sum;
  let last = id(0);
  for (let i = 0; i < count; i++) {
    const probability = all[id(i)]!;
    if (probability === 0) continue;
    last = id(i);
    rest -= probability;
    if (rest < 0) break;
  }
  return last;
}
