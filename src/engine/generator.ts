import type { ModelCheckpoint } from "../checkpoints/checkpoint.ts";
import { Random } from "../data/random.ts";
import { createCachedRunner, type GeneratorOptions } from "./cached-runner.ts";
import { EngineError } from "./errors.ts";
import { KeyValueCache } from "./key-value-cache.ts";
import { type SamplingOptions, sampler } from "./sampler.ts";
import { type Score, type ScoredSequence, score } from "./score.ts";

export type { GeneratorOptions } from "./cached-runner.ts";
export type { Score, ScoredSequence } from "./score.ts";

export interface DecodingOptions extends SamplingOptions {
  /** New tokens of each sequence, at most. Default 256; the model's positions end them too. */
  readonly maxTokens?: number;
  /** Tokens that end a sequence. */
  readonly ends?: readonly number[];
  /** Default 0. Each sequence has a random stream of its own, by seed and place: how many run at a time changes nothing. */
  readonly seed?: number;
  /** Sequences that run at a time, at most. Default 8. */
  readonly batchSize?: number;
}

export interface DecodedToken {
  /** Place of its prompt. */
  readonly sequence: number;
  readonly token: number;
  /** Why nothing follows: an end token (this one), or the length is reached. */
  readonly ended: "end" | "length" | null;
}

/** Sequences on their way, token by token. */
export interface Decoding {
  readonly done: boolean;
  /** One more token of every sequence that runs; the first ones of prompts for which there is now room. */
  step(): Promise<readonly DecodedToken[]>;
  /** Ends a sequence before its time. */
  end(sequence: number): void;
}

/** A language model that writes: its weights, laid out once for onnxruntime. */
export interface Generator {
  readonly vocabulary: number;
  /** Tokens of prompt and continuation together, at most. */
  readonly maxLength: number;
  /** @throws EngineError for a prompt without tokens, with too many, or with ids outside the vocabulary */
  decode(prompts: readonly Int32Array[], options?: DecodingOptions): Decoding;
  /**
   * How likely the model finds given tokens. Neighbours that differ in their last token alone cost one pass.
   *
   * @throws EngineError for a sequence that is too long, has nothing before `from` or nothing after it, or ids outside the vocabulary
   */
  score(sequences: readonly ScoredSequence[]): Promise<readonly Score[]>;
  dispose(): Promise<void>;
}

/** A sequence in a slot of the cache. */
interface Running {
  readonly sequence: number;
  readonly random: Random;
  readonly limit: number;
  /** Tokens in the cache. */
  length: number;
  /** Sampled, and not in the cache yet. */
  next: number;
  made: number;
}

/**
 * Prompts are computed one by one, whole, and the sequences then together, a token each: what a sequence computes
 * does not depend on the others.
 *
 * @throws ModelError where the configuration does not make a model, or the adapter does not fit it
 * @throws EngineError where tensors do not fit the configuration
 */
export async function createGenerator(
  checkpoint: ModelCheckpoint,
  options: GeneratorOptions = {},
): Promise<Generator> {
  const { model, caches, run, dispose } = await createCachedRunner(checkpoint, options);

  return {
    vocabulary: model.vocabulary,
    maxLength: model.maxLength,
    decode(prompts, options = {}) {
      const { maxTokens = 256, seed = 0, batchSize = 8 } = options;
      const ends = new Set(options.ends);
      const choose = sampler(options);
      for (const [name, value] of Object.entries({ maxTokens, batchSize })) {
        if (!Number.isSafeInteger(value) || value < 1)
          throw new EngineError(`${name} is ${value}; expected a positive integer`);
      }
      for (const [i, prompt] of prompts.entries()) checkPrompt(prompt, i, model.vocabulary, model.maxLength);
      const limit = (prompt: Int32Array) => Math.min(maxTokens, model.maxLength - prompt.length);
      const cache = new KeyValueCache(caches, Math.min(batchSize, prompts.length));
      const running: Running[] = [];
      let waiting = 0;

      const place = (logits: Float32Array, slot: number, row: number): DecodedToken => {
        const one = running[slot]!;
        const mine = logits.subarray(row * model.vocabulary, (row + 1) * model.vocabulary);
        one.next = choose(mine, () => one.random.next());
        one.made++;
        const ended = ends.has(one.next) ? "end" : one.made >= one.limit ? "length" : null;
        return { sequence: one.sequence, token: one.next, ended };
      };
      const leave = (sequence: number) => {
        const slot = running.findIndex((one) => one.sequence === sequence);
        if (slot < 0) return;
        const last = running.pop()!;
        if (slot === running.length) return;
        cache.move(running.length, slot, last.length);
        running[slot] = last;
      };

      return {
        get done() {
          return running.length === 0 && waiting >= prompts.length;
        },
        end: leave,
        async step() {
          const decoded: DecodedToken[] = [];
          if (running.length > 0) {
            const tokens = running.map(({ next }) => Int32Array.of(next));
            const before = Int32Array.from(running, ({ length }) => length);
            const logits = await run(cache, 0, tokens, before);
            for (const [slot, one] of running.entries()) {
              one.length++;
              decoded.push(place(logits, slot, slot));
            }
          }
          while (running.length < cache.slots && waiting < prompts.length) {
            const prompt = prompts[waiting]!;
            const random = new Random(seed, "generate", waiting);
            const logits = await run(cache, running.length, [prompt], Int32Array.of(0));
            running.push({
              sequence: waiting++,
              random,
              limit: limit(prompt),
              length: prompt.length,
              next: 0,
              made: 0,
            });
            decoded.push(place(logits, running.length - 1, 0));
          }
          for (const { sequence, ended } of decoded) if (ended) leave(sequence);
          return decoded;
        },
      };
    },
    score: (sequences) => score(sequences, run, caches, model),
    dispose,
  };
}

function checkPrompt(prompt: Int32Array, place: number, vocabulary: number, maxLength: number): void {
  const where = `prompt ${place + 1}`;
  if (prompt.length < 1) throw new EngineError(`${where} has no tokens; give at least one`);
  if (prompt.length >= maxLength) {
    const most = `the model's positions end at ${maxLength}, which leaves no room to go on`;
    throw new EngineError(`${where} has ${prompt.length} tokens; ${most}`);
  }
  for (const id of prompt) {
    if (id < 0 || id >= vocabulary)
      throw new EngineError(`${where}: token id ${id} is outside the vocabulary of ${vocabulary}`);
  }
}
