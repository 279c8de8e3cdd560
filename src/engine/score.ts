import type { CacheShape, LanguageModel } from "../models/index.ts";
import type { CachedRunner } from "./cached-runner.ts";
import { EngineError } from "./errors.ts";
import { KeyValueCache } from "./key-value-cache.ts";

/** A text whose end is asked about. */
export interface ScoredSequence {
  readonly tokens: Int32Array;
  /** The first token that is asked about; those before it are the context. At least 1. */
  readonly from: number;
}

/** How likely the tokens from `from` on are, given those before each. */
export interface Score {
  /** Sum of the tokens' log-probabilities, in nats. */
  readonly logProb: number;
  /** Whether each of them is the model's most likely one. */
  readonly greedy: boolean;
}

/** Scores sequences one after the other; neighbours that differ in their last token alone cost one pass. */
export async function score(
  sequences: readonly ScoredSequence[],
  run: CachedRunner["run"],
  caches: readonly CacheShape[],
  model: LanguageModel,
): Promise<readonly Score[]> {
  for (const [i, sequence] of sequences.entries()) check(sequence, i, model);
  const scores: Score[] = [];
  let key = "";
  let logits: Float32Array = new Float32Array(0);
  for (const { tokens, from } of sequences) {
    const given = tokens.subarray(0, tokens.length - 1);
    const wanted = `${from}:${given.join()}`;
    if (key !== wanted) {
      const cache = new KeyValueCache(caches, 1);
      const ends = Int32Array.from({ length: tokens.length - from }, (_, i) => from - 1 + i);
      logits = await run(cache, 0, [given], Int32Array.of(0), ends);
      key = wanted;
    }
    scores.push(scoreOf(logits, tokens.subarray(from), model.vocabulary));
  }
  return scores;
}

/** @param logits [targets, vocabulary] */
function scoreOf(logits: Float32Array, targets: Int32Array, vocabulary: number): Score {
  let logProb = 0;
  let greedy = true;
  for (const [i, target] of targets.entries()) {
    const row = logits.subarray(i * vocabulary, (i + 1) * vocabulary);
    let largest = 0;
    for (let v = 1; v < vocabulary; v++) if (row[v]! > row[largest]!) largest = v;
    let sum = 0;
    for (let v = 0; v < vocabulary; v++) sum += Math.exp(row[v]! - row[largest]!);
    logProb += row[target]! - row[largest]! - Math.log(sum);
    if (largest !== target) greedy = false;
  }
  return { logProb, greedy };
}

function check({ tokens, from }: ScoredSequence, place: number, model: LanguageModel): void {
  const where = `sequence ${place + 1}`;
  if (!Number.isSafeInteger(from) || from < 1 || from >= tokens.length)
    throw new EngineError(
      `${where}: from is ${from}; expected at least one token before it and one after, of ${tokens.length}`,
    );
  if (tokens.length - 1 > model.maxLength)
    throw new EngineError(
      `${where} has ${tokens.length} tokens; the model's positions end at ${model.maxLength}`,
    );
  for (const id of tokens) {
    if (id < 0 || id >= model.vocabulary)
      throw new EngineError(`${where}: token id ${id} is outside the vocabulary of ${model.vocabulary}`);
  }
}
