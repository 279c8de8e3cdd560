import { readFileSync } from "node:fs";
import { type GenerateOptions, GenerationError, loadTextModel, type TextPiece } from "../generation/index.ts";
import { progressWriter } from "../hub/index.ts";
import { carryOut, describe, gathered, integer, number } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import { UsageError } from "./usage.ts";

interface Options {
  readonly model?: string;
  readonly run?: string;
  readonly runs?: string;
  readonly prompt?: readonly string[];
  readonly prompts?: string;
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly seed?: number;
  readonly stop?: readonly string[];
  readonly template?: string;
  readonly raw?: true;
  readonly threads?: number;
  readonly json?: true;
}

const command = () =>
  describe({
    name: "generate",
    summary: "Continues prompts; the text streams to standard output, in the prompts' order.",
    examples: [
      ['alright generate --model pythia-tiny --prompt "What is a pear?"', "with a model"],
      [
        'alright generate --run alright-… --prompt "What is a pear?"',
        "with what a run has made of its model",
      ],
      ["alright generate --run runs/alright-… --prompts questions.jsonl --json", "many, a line of JSON each"],
      [
        "alright generate --model ./my-model --prompt x --temperature 0.7 --seed 1",
        "drawn, not the likeliest",
      ],
    ],
    exits: "130 after Ctrl-C",
  })
    .option("--model <name>", "an embedded model, a Hugging Face directory, a .gguf file, or hub:owner/name")
    .option("--run <run>", "what a run has made of its model: its directory, or its id")
    .option("--runs <dir>", "where ids of runs are (default: runs)")
    .option("--prompt <text>", "a prompt; may be given several times", gathered)
    .option("--prompts <file>", 'JSONL, one object a line, with "prompt"')
    .option("--max-tokens <n>", "tokens of each text, at most (default: 256)", number)
    .option("--temperature <t>", "0: always the likeliest token (default); 1: as the model has it", number)
    .option("--top-p <p>", "draw from the likeliest tokens with this share of the probability", number)
    .option("--top-k <n>", "draw from so many of the likeliest tokens", number)
    .option("--seed <n>", "of what is drawn (default: 0)", number)
    .option("--stop <text>", "a text ends before this; may be given several times", gathered)
    .option(
      "--template <text>",
      "text around a prompt, with {prompt} in it (default: the run's, or the model's chat template, or \"User: {prompt}\\nAssistant: \")",
    )
    .option("--raw", "no template")
    .option("--threads <n>", "threads (default: physical cores)", integer(1))
    .option("--json", "one object a line: prompt, text, ended (end | stop | length), tokens");

/** `alright generate`: continues prompts; the text streams to standard output, in the prompts' order. */
export function generateCommand(args: readonly string[]): Promise<number> {
  return carryOut<Options>(command(), args, async (given) => {
    const { model, run, runs, stop, template, raw, threads = null, json } = given;
    if (model === undefined && run === undefined)
      throw new UsageError("generate needs --model M or --run DIR/ID (alright generate --help)");
    if (raw && template !== undefined) throw new UsageError("--raw and --template do not go together");
    const prompts = readPrompts(given.prompt, given.prompts);
    const { maxTokens, temperature, topP, topK, seed } = given;
    const interrupt = new AbortController();
    const options: GenerateOptions = {
      ...defined({ maxTokens, temperature, topP, topK, seed, stop, template }),
      ...(raw ? { template: null } : {}),
      signal: interrupt.signal,
    };
    process.once("SIGINT", () => interrupt.abort());
    const hub = progressWriter((text) => process.stderr.write(text), {
      inPlace: process.stderr.isTTY === true,
    });
    const written = await loadTextModel(defined({ model, run, runs }), { threads, hub });
    try {
      const out = json ? jsonLines(prompts) : inTurn(prompts.length);
      for await (const piece of written.generate(prompts, options)) out(piece);
      return exitCodes.done;
    } catch (error) {
      if (!interrupt.signal.aborted) throw error;
      if (!json) process.stdout.write("\n");
      return exitCodes.interrupted;
    } finally {
      await written.dispose();
    }
  });
}

/** Texts one after the other: the first that has not ended as it comes, the others once it is their turn. */
function inTurn(count: number): (piece: TextPiece) => void {
  const waiting = Array.from({ length: count }, () => ({ text: "", ended: false, last: "\n" }));
  let turn = 0;
  return ({ prompt, text, ended }) => {
    const one = waiting[prompt]!;
    one.text += text;
    one.ended ||= ended !== null;
    for (let now = waiting[turn]; now; now = waiting[++turn]) {
      process.stdout.write(now.text);
      if (now.text !== "") now.last = now.text.slice(-1);
      now.text = "";
      if (!now.ended) return;
      // A line of its own for the end, and an empty one before the next text.
      process.stdout.write(`${now.last === "\n" ? "" : "\n"}${turn + 1 < count ? "\n" : ""}`);
    }
  };
}

/** One object a line, in the prompts' order, each as soon as those before it are there. */
function jsonLines(prompts: readonly string[]): (piece: TextPiece) => void {
  const rows = prompts.map((prompt) => ({ prompt, text: "", ended: null as TextPiece["ended"], tokens: 0 }));
  let turn = 0;
  return ({ prompt, text, ended, tokens }) => {
    const row = rows[prompt]!;
    row.text += text;
    row.ended = ended;
    row.tokens = tokens;
    for (; rows[turn]?.ended; turn++) console.log(JSON.stringify(rows[turn]));
  };
}

function readPrompts(texts: readonly string[] | undefined, file: string | undefined): readonly string[] {
  if ((texts === undefined) === (file === undefined))
    throw new UsageError("generate takes --prompt TEXT or --prompts FILE.jsonl (alright generate --help)");
  if (file === undefined) return texts!;
  let content: string;
  try {
    content = readFileSync(file, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new GenerationError(`${file}: ${missing ? "no such file" : (error as Error).message}`);
  }
  const prompts: string[] = [];
  for (const [i, line] of content.split("\n").entries()) {
    if (line.trim() === "") continue;
    const where = `${file}:${i + 1}`;
    let row: unknown;
    try {
      row = JSON.parse(line);
    } catch (error) {
      throw new GenerationError(`${where}: not JSON: ${(error as Error).message}`);
    }
    const prompt = (row as { prompt?: unknown } | null)?.prompt;
    if (typeof prompt !== "string")
      throw new GenerationError(`${where}: "prompt" is ${JSON.stringify(prompt)}; each line needs a text`);
    prompts.push(prompt);
  }
  if (prompts.length === 0)
    throw new GenerationError(`${file}: has no prompts; one object a line, with "prompt"`);
  return prompts;
}

/** Without the keys that were not given. */
function defined<T extends object>(object: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
