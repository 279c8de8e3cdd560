import type { PolicySource, TextModel } from "../../src/generation/index.ts";
import type { Run } from "../../src/training/run.ts";
import { findRun } from "../runtime/runs.ts";
import { type Call, type Magic, MagicError } from "./magic.ts";
import { asRun } from "./run-choice.ts";
import { settings } from "./settings.ts";

export const generate: Magic = {
  name: "generate",
  help: "continues a prompt with a model or with what a run has made of it; the text streams into the cell, and is the magic's value",
  word: { name: "prompt", help: "a prompt, in quotes", optional: true },
  options: {
    prompt: { type: "string", help: "the prompt, for {…}: prompt={question}" },
    model: { type: "string", kind: "model", help: "a model (default: the session's)" },
    run: {
      type: "string",
      kind: "run",
      typescript: 'string | import("alright-ts").Run',
      help: "a run, by id, directory or {run}: its final weights, or those of its newest checkpoint",
    },
    runs: { type: "path", kind: "file", help: "directory of run directories (default runs)" },
    maxTokens: { type: "integer", minimum: 1, default: 256, help: "tokens of the text, at most" },
    temperature: {
      type: "number",
      minimum: 0,
      default: 0,
      help: "0: always the likeliest token; 1: as the model has it",
    },
    topP: {
      type: "number",
      minimum: 0,
      maximum: 1,
      default: 1,
      help: "draw from the likeliest tokens with this share of the probability",
    },
    topK: { type: "integer", minimum: 1, help: "draw from so many of the likeliest tokens (default all)" },
    seed: { type: "integer", minimum: 0, default: 0, help: "of what is drawn" },
    stop: {
      type: "string",
      typescript: "string | readonly string[]",
      help: "the text ends before this string; several as stop={[…]}",
    },
    template: {
      type: "string",
      help: "text around the prompt, with {prompt} in it (default: the run's, or the session's, or the model's chat template)",
    },
    raw: { type: "boolean", help: "no template: the prompt as it is" },
    threads: { type: "integer", minimum: 1, nullable: true, help: "threads, or none for all cores" },
  },
  value: "string",
  examples: [
    '%generate "What is a pear?"',
    '%generate "What is a pear?" run={run} temperature=0.7 seed=1',
    "const text = %generate prompt={question} maxTokens=40",
    '%generate "Once upon a time" raw stop="."',
  ],
  async run(call) {
    const { options, execution } = call;
    const prompt = promptOf(call);
    const { source, template } = sourceOf(call);
    const model = await loaded(source, options.threads as number | null | undefined);
    const { signal } = execution;
    const sampling = Object.fromEntries(
      ["maxTokens", "temperature", "topP", "topK", "seed", "stop"]
        .filter((name) => name in options)
        .map((name) => [name, options[name]]),
    );
    const around = options.raw === true ? { template: null } : template === undefined ? {} : { template };
    let text = "";
    try {
      for await (const piece of model.generate(prompt, { ...sampling, ...around, signal })) {
        text += piece.text;
        process.stdout.write(piece.text);
      }
    } finally {
      // Whatever comes next starts a line of its own, also after an interrupt.
      if (text !== "" && !text.endsWith("\n")) process.stdout.write("\n");
    }
    return text;
  },
};

function promptOf({ words: [written], word, options }: Call): string {
  const given = [written, word, options.prompt].filter((one) => one !== undefined);
  if (given.length > 1) throw new MagicError("%generate: the prompt is given twice");
  if (typeof given[0] === "string") return given[0];
  const what = given.length === 0 ? "needs a prompt" : `takes a text as its prompt, got ${typeof given[0]}`;
  throw new MagicError(`%generate ${what}: %generate "What is a pear?"`);
}

function sourceOf({ options }: Call): { source: PolicySource; template: string | undefined } {
  const runs = options.runs === undefined ? {} : { runs: options.runs as string };
  const own = options.template as string | undefined;
  if (options.run !== undefined) {
    const run = options.run as string | Run;
    const directory =
      typeof run === "string" ? (findRun(run)?.directory ?? run) : asRun("generate run=", run).directory;
    const model = options.model === undefined ? {} : { model: options.model as string };
    return { source: { run: directory, ...runs, ...model }, template: own };
  }
  const model = (options.model ?? settings().model) as string | undefined;
  if (model === undefined) {
    throw new MagicError(
      "%generate needs a model: %model pythia-tiny sets one for the session, or give model= or run=",
    );
  }
  return { source: { model }, template: own ?? (settings().template as string | undefined) };
}

/** The last model that wrote: loading takes longer than most texts. */
let last: { readonly key: string; readonly model: Promise<TextModel> } | null = null;

async function loaded(source: PolicySource, threads: number | null | undefined): Promise<TextModel> {
  const { findPolicy, openPolicy, policyKey } = await import("../../src/generation/index.ts");
  const policy = await findPolicy(source);
  const asked = threads ?? (settings().threads as number | null | undefined) ?? null;
  const key = JSON.stringify([policyKey(policy), asked]);
  if (last?.key === key) return last.model;
  const before = last;
  const model = openPolicy(policy, { threads: asked });
  last = { key, model };
  // What failed to load is tried again.
  model.catch(() => {
    if (last?.model === model) last = null;
  });
  await before?.model.then((old) => old.dispose()).catch(() => {});
  return model;
}
