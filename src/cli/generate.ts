import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type GenerateOptions, GenerationError, loadTextModel, type TextPiece } from "../generation/index.ts";
import { progressWriter } from "../hub/index.ts";
import { UsageError } from "./usage.ts";

const usage = `usage: alright generate (--model M | --run DIR/ID) (--prompt TEXT … | --prompts FILE.jsonl) [options]
  --model M              an embedded model, a Hugging Face directory, a .gguf file, or hub:owner/name
  --run DIR/ID           what a run has made of its model (--runs DIR: where ids are; default runs)
  --prompt TEXT          a prompt; may be given several times
  --prompts FILE.jsonl   one object a line, with "prompt"
  --max-tokens N         tokens of each text, at most (default 256)
  --temperature T        0: always the likeliest token (default); 1: as the model has it
  --top-p P, --top-k N   draw from the likeliest tokens only
  --seed N               of what is drawn (default 0)
  --stop S               a text ends before S; may be given several times
  --template T           text around a prompt, with {prompt} in it (default: the run's, or "User: {prompt}\\nAssistant: ")
  --raw                  no template
  --threads N            default: physical cores
  --json                 one object a line: prompt, text, ended (end | stop | length), tokens
Exit codes: 0; 1 after an error; 130 after Ctrl-C.`;

/** `alright generate`: continues prompts; the text streams to standard output, in the prompts' order. */
export async function generateCommand(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      model: { type: "string" },
      run: { type: "string" },
      runs: { type: "string" },
      prompt: { type: "string", multiple: true },
      prompts: { type: "string" },
      "max-tokens": { type: "string" },
      temperature: { type: "string" },
      "top-p": { type: "string" },
      "top-k": { type: "string" },
      seed: { type: "string" },
      stop: { type: "string", multiple: true },
      template: { type: "string" },
      raw: { type: "boolean" },
      threads: { type: "string" },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const { model, run, runs, stop, template, raw } = values;
  if (model === undefined && run === undefined)
    throw new UsageError("generate needs --model M or --run DIR/ID (alright generate --help)");
  if (raw && template !== undefined) throw new UsageError("--raw and --template do not go together");
  const prompts = readPrompts(values.prompt, values.prompts);
  const numbers = {
    maxTokens: number("max-tokens", values["max-tokens"]),
    temperature: number("temperature", values.temperature),
    topP: number("top-p", values["top-p"]),
    topK: number("top-k", values["top-k"]),
    seed: number("seed", values.seed),
  };
  const interrupt = new AbortController();
  const options: GenerateOptions = {
    ...defined(numbers),
    ...defined({ stop, template }),
    ...(raw ? { template: null } : {}),
    signal: interrupt.signal,
  };
  const threads = number("threads", values.threads) ?? null;
  if (threads !== null && !(Number.isInteger(threads) && threads > 0))
    throw new UsageError(`--threads is ${threads}; expected a positive integer`);
  process.once("SIGINT", () => interrupt.abort());
  const hub = progressWriter((text) => process.stderr.write(text), {
    inPlace: process.stderr.isTTY === true,
  });
  const written = await loadTextModel(defined({ model, run, runs }), { threads, hub });
  try {
    const out = values.json ? jsonLines(prompts) : inTurn(prompts.length);
    for await (const piece of written.generate(prompts, options)) out(piece);
    return 0;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    if (!values.json) process.stdout.write("\n");
    return 130;
  } finally {
    await written.dispose();
  }
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

function number(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (text.trim() === "" || Number.isNaN(Number(text)))
    throw new UsageError(`--${name} is ${JSON.stringify(text)}; expected a number`);
  return Number(text);
}

/** Without the keys that were not given. */
function defined<T extends object>(object: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
