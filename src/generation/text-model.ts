import { loadAdapter } from "../checkpoints/adapter.ts";
import { loadModel, openModel } from "../checkpoints/model.ts";
import { loadModelTokenizer } from "../checkpoints/tokenizer.ts";
import { encodePrompt } from "../data/tokenise.ts";
import {
  createGenerator,
  type DecodingOptions,
  type Score,
  type ScoredSequence,
} from "../engine/generator.ts";
import { checkMemoryLimit, ModelError, memoryToGenerate, modelOf } from "../engine/index.ts";
import type { HubOptions } from "../hub/index.ts";
import { memoryLimit } from "../machine-share.ts";
import { checkTemplate, compileChatTemplate, defaultTemplate, type Tokenizer } from "../text/index.ts";
import { GenerationError } from "./error.ts";
import { findPolicy, type Policy, type PolicySource } from "./policy.ts";
import { TextStream } from "./text-stream.ts";

export interface GenerateOptions extends Omit<DecodingOptions, "ends"> {
  /** Texts end before the first of these that comes. */
  readonly stop?: string | readonly string[];
  /**
   * What stands around each prompt, with `{prompt}` in it; `null`: nothing. Default: the template that the run was
   * trained with; without a run the tokenizer's chat template, the prompt as one message of a user, or where it has
   * none the default one of a specification.
   */
  readonly template?: string | null;
  /** Ends it between two tokens; the iteration then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A piece of one text; all pieces of a prompt, joined, are its text. */
export interface TextPiece {
  /** Place of the prompt. */
  readonly prompt: number;
  /** May be empty in the last piece. */
  readonly text: string;
  /** In a text's last piece, why it ends: the end token, a stop string, or as many tokens as there may be. */
  readonly ended: "end" | "stop" | "length" | null;
  /** Tokens of the text so far. */
  readonly tokens: number;
}

/** Texts on their way: iterate over their pieces as they come, or wait for all of them. */
export interface Generation extends AsyncIterable<TextPiece> {
  /** The whole texts, in the prompts' order. */
  texts(): Promise<string[]>;
}

/** A text and what may follow it, as they are: no template. */
export interface Continuation {
  readonly context: string;
  readonly continuation: string;
}

/** How likely a continuation is after its context. */
export interface ContinuationScore extends Score {
  /** Tokens of the continuation. */
  readonly tokens: number;
}

/** A language model with its tokenizer, loaded once. */
export interface TextModel {
  /** What stands around prompts by default; null where that is the tokenizer's chat template. */
  readonly template: string | null;
  /**
   * Continues prompts, several at a time. A text depends on the model, its own prompt and place, and the options: not
   * on the prompts beside it.
   *
   * @throws EngineError or GenerationError for options out of range and prompts that are empty or too long
   */
  generate(prompts: string | readonly string[], options?: GenerateOptions): Generation;
  /**
   * Log-probabilities of continuations, as lm-eval counts them: context and continuation are cut into tokens together,
   * spaces at the context's end belong to the continuation, and what is too long loses tokens at its beginning.
   *
   * @throws GenerationError for an empty context or continuation
   */
  score(continuations: readonly Continuation[]): Promise<readonly ContinuationScore[]>;
  dispose(): Promise<void>;
}

/**
 * Loads a model, or what a run has made of one.
 *
 * @param options.threads of onnxruntime; `null`, the default: physical cores
 * @param options.hub of the download, where the model is of the hub and not in the cache
 * @throws GenerationError, HubError, CheckpointError, ModelError or TextError saying what is missing or does not fit
 */
export async function loadTextModel(
  source: PolicySource | string,
  { hub, ...options }: { readonly threads?: number | null; readonly hub?: HubOptions } = {},
): Promise<TextModel> {
  const policy = await findPolicy(typeof source === "string" ? { model: source } : source, hub);
  return openPolicy(policy, options);
}

export async function openPolicy(
  policy: Policy,
  { threads = null }: { readonly threads?: number | null } = {},
): Promise<TextModel> {
  const tokenizer = await loadModelTokenizer(policy.tokenizer);
  const { generator, ends: configured } = await loadGenerator(policy, threads);
  const ends = [...new Set([tokenizer.eos, ...configured])];
  const chat = policy.template === null && tokenizer.chat ? asChat(tokenizer, policy.tokenizer) : null;
  const usual = policy.template ?? defaultTemplate;

  async function* pieces(prompts: readonly string[], options: GenerateOptions): AsyncGenerator<TextPiece> {
    const { stop = [], template, signal, ...decoding } = options;
    const stops = typeof stop === "string" ? [stop] : stop;
    if (typeof template === "string") checkTemplate(template);
    const around = template === undefined ? usual : (template ?? "{prompt}");
    const tokens = prompts.map((prompt) =>
      chat && template === undefined ? chat(prompt) : encodePrompt(tokenizer, around, prompt),
    );
    const streams = tokens.map(() => new TextStream(tokenizer, stops));
    const counts = tokens.map(() => 0);
    const sequences = generator.decode(tokens, { ...decoding, ends });
    while (!sequences.done) {
      signal?.throwIfAborted();
      for (const { sequence, token, ended } of await sequences.step()) {
        const stream = streams[sequence]!;
        counts[sequence]!++;
        // The end token itself is no text.
        const text = ended === "end" ? "" : stream.push(token);
        const rest = ended && !stream.stopped ? stream.finish() : "";
        if (stream.stopped && !ended) sequences.end(sequence);
        const how = stream.stopped ? "stop" : ended;
        const piece: TextPiece = {
          prompt: sequence,
          text: text + rest,
          ended: how,
          tokens: counts[sequence]!,
        };
        if (piece.text !== "" || how) yield piece;
      }
    }
  }

  return {
    template: chat ? null : usual,
    generate(prompts, options = {}) {
      const all = typeof prompts === "string" ? [prompts] : prompts;
      return {
        [Symbol.asyncIterator]: () => pieces(all, options),
        async texts() {
          const texts = all.map(() => "");
          for await (const { prompt, text } of pieces(all, options)) texts[prompt] += text;
          return texts;
        },
      };
    },
    async score(continuations) {
      const sequences = continuations.map((one, i) => sequenceOf(one, i, tokenizer, generator.maxLength));
      const scores = await generator.score(sequences);
      return scores.map((score, i) => ({
        ...score,
        tokens: sequences[i]!.tokens.length - sequences[i]!.from,
      }));
    },
    dispose: () => generator.dispose(),
  };
}

/** lm-eval's way: https://github.com/EleutherAI/lm-evaluation-harness, lm_eval/api/model.py, `_encode_pair`. */
function sequenceOf(
  { context, continuation }: Continuation,
  place: number,
  tokenizer: Tokenizer,
  maxLength: number,
): ScoredSequence {
  const kept = context.trimEnd();
  const before = tokenizer.encode(kept).length;
  const tokens = tokenizer.encode(context + continuation);
  if (before === 0 || tokens.length <= before)
    throw new GenerationError(
      `continuation ${place + 1}: "${context.slice(-40)}" followed by "${continuation.slice(0, 40)}"; expected at least one token in each`,
    );
  // One more than the model has positions: the last token is only asked about.
  const cut = Math.max(0, tokens.length - maxLength - 1);
  if (before <= cut)
    throw new GenerationError(
      `continuation ${place + 1} has ${tokens.length - before} tokens; the model's positions end at ${maxLength}`,
    );
  return { tokens: tokens.subarray(cut), from: before - cut };
}

/** A prompt as its tokenizer's chat template writes a user's message, up to where the answer begins. */
function asChat(tokenizer: Tokenizer, where: string): (prompt: string) => Int32Array {
  const template = compileChatTemplate(tokenizer.chat!, where);
  return (prompt) => {
    const messages = [{ role: "user", content: prompt }];
    return tokenizer.encode(template.render(messages, { addGenerationPrompt: true }));
  };
}

/** Apart from what holds on to it: onnxruntime copies the weights, so these arrays can go. */
async function loadGenerator({ model, adapters }: Policy, threads: number | null) {
  if (memoryLimit() !== null) {
    const { config } = await openModel(model);
    checkMemoryLimit(
      memoryToGenerate(modelOf(config)),
      `generating with ${model}`,
      "a smaller model needs less",
    );
  }
  const checkpoint = await loadModel(model);
  const merged = await Promise.all(adapters.map((directory) => loadAdapter(directory)));
  const generator = await createGenerator(checkpoint, { adapters: merged, threads }).catch(
    (error: unknown) => {
      if (error instanceof ModelError && adapters.length > 0)
        error.message = `${adapters.join(", ")}: ${error.message}`;
      throw error;
    },
  );
  // Llama 3 has several end tokens.
  const configured = [checkpoint.config.eos_token_id].flat();
  return { generator, ends: configured.filter((id): id is number => typeof id === "number") };
}
