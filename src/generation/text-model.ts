import { loadAdapter } from "../checkpoints/adapter.ts";
import { loadModel } from "../checkpoints/model.ts";
import { loadModelTokenizer } from "../checkpoints/tokenizer.ts";
import { encodePrompt } from "../data/tokenise.ts";
import { createGenerator, type DecodingOptions } from "../engine/generator.ts";
import { ModelError } from "../engine/index.ts";
import type { HubOptions } from "../hub/index.ts";
import { checkTemplate } from "../text/index.ts";
import { findPolicy, type Policy, type PolicySource } from "./policy.ts";
import { TextStream } from "./text-stream.ts";

export interface GenerateOptions extends Omit<DecodingOptions, "ends"> {
  /** Texts end before the first of these that comes. */
  readonly stop?: string | readonly string[];
  /**
   * What stands around each prompt, with `{prompt}` in it; `null`: nothing. Default: the template that the run was
   * trained with, or the default one of a specification.
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

/** A language model with its tokenizer, loaded once. */
export interface TextModel {
  /** What stands around prompts by default. */
  readonly template: string;
  /**
   * Continues prompts, several at a time. A text depends on the model, its own prompt and place, and the options: not
   * on the prompts beside it.
   *
   * @throws EngineError or GenerationError for options out of range and prompts that are empty or too long
   */
  generate(prompts: string | readonly string[], options?: GenerateOptions): Generation;
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

  async function* pieces(prompts: readonly string[], options: GenerateOptions): AsyncGenerator<TextPiece> {
    const { stop = [], template = policy.template, signal, ...decoding } = options;
    const stops = typeof stop === "string" ? [stop] : stop;
    if (template !== null) checkTemplate(template);
    const tokens = prompts.map((prompt) => encodePrompt(tokenizer, template ?? "{prompt}", prompt));
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
    template: policy.template,
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
    dispose: () => generator.dispose(),
  };
}

/** Apart from what holds on to it: onnxruntime copies the weights, so these arrays can go. */
async function loadGenerator({ model, adapters }: Policy, threads: number | null) {
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
