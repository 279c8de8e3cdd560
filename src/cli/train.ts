import { readFileSync } from "node:fs";
import { SpecificationError } from "../runs/error.ts";
import { parseSpecification } from "../runs/parse-specification.ts";
import { checkPlace, type Form, type StoredName, save } from "../saving/index.ts";
import { resumeRun, train } from "../training/train.ts";
import { carryOut, describe, oneOf } from "./command.ts";
import { dryRun } from "./dry-run.ts";
import { exitCodes } from "./exit-codes.ts";
import { follow } from "./follow.ts";
import { tellSaved } from "./save.ts";
import { shellWord } from "./shell.ts";
import { addSpecificationFlags, givenFlags, withFlags } from "./train-flags.ts";
import { UsageError } from "./usage.ts";

interface Options extends Readonly<Record<string, unknown>> {
  readonly resume?: string;
  readonly runs?: string;
  readonly out?: string;
  readonly adapter?: true;
  readonly dtype?: StoredName;
  readonly dryRun?: true;
  readonly json?: true;
}

function command() {
  const described = describe({
    name: "train",
    summary:
      "Trains one specification, of a file or of flags (which win over the file), or goes on with a stopped run.\n" +
      "Ctrl-C pauses the run after its current step, its checkpoint written; twice ends it at once.",
    examples: [
      ["alright train spec.json", "a specification from a file"],
      [
        "alright train --model ./smollm2 --sft sft.jsonl --dpo hh-rlhf.jsonl.gz --lambda 0.5 --out ./mine",
        "ALRIGHT on two files, the merged model to a directory that transformers loads",
      ],
      ["alright train spec.json --method maxright --steps 50 --set optimizer.clip=null", "the file, changed"],
      ["alright train spec.json --dry-run", "what would be trained, and how, without training"],
      ["alright train --resume runs/alright-20260101-120000-1a2b", "a run that was paused, failed or killed"],
      ["alright train spec.json --json > events.jsonl", "every event as a line of JSON"],
    ],
    exits: "130 interrupted: the run is paused, and the command that goes on with it is printed",
  })
    .argument("[specification]", "a JSON file; left out, the flags are all of it")
    .option("--resume <run>", "go on with a run: its directory, or its id")
    .option("--runs <dir>", "directory of run directories (default: runs)")
    .option("--out <dir>", "write the merged model there once the run has ended; the directory must be new")
    .option("--adapter", "with --out: the adapter in PEFT's format instead")
    .option(
      "--dtype <type>",
      "with --out: of the weights, float32, bfloat16 or float16 (default: float32)",
      oneOf(["float32", "bfloat16", "float16"]),
    )
    .option("--dry-run", "print the whole specification and the plan, and train nothing")
    .option(
      "--json",
      "events and the summary as lines of JSON on standard output, the rest on standard error",
    );
  addSpecificationFlags(described);
  return described;
}

/** `alright train`. */
export function trainCommand(args: readonly string[]): Promise<number> {
  return carryOut<Options>(command(), args, async (options, [file]) => {
    const { resume, out, json = false, runs } = options;
    if (out === undefined && (options.adapter || options.dtype))
      throw new UsageError("--adapter and --dtype are about what --out writes; give --out DIR");
    if (options.adapter && options.dtype) throw new UsageError("an adapter is float32; leave --dtype out");
    if (resume !== undefined && (file !== undefined || givenFlags(options).length > 0 || options.dryRun))
      throw new UsageError(
        `--resume takes no specification; got ${file ?? givenFlags(options)[0] ?? "--dry-run"}: the run has its own`,
      );
    if (resume === undefined && file === undefined && givenFlags(options).length === 0)
      throw new UsageError(
        "train takes one specification file, or flags such as --model and --sft: alright train SPEC.json [--runs DIR] (alright train --help)",
      );
    const where = file ?? "command line";
    const input = resume === undefined ? withFlags(file && readSpecification(file), options) : undefined;
    if (input && file === undefined) checkFlagsSuffice(input);
    if (options.dryRun) return dryRun(input!, where, json);
    if (out !== undefined) {
      checkPlace(out);
      if (input) checkSavable(parseSpecification(input, where).model);
    }
    const place = runs === undefined ? {} : { runs };
    const run = input ? train(input, { ...place, where }) : resumeRun(resume!, place);
    const code = await follow(run, { json, resumeWith: resumption(run.directory, options) });
    if (code !== exitCodes.done || out === undefined) return code;
    const form: Form = options.adapter ? "adapter" : "merged";
    // Ctrl-C from here on leaves a run that has ended, and no half-written directory.
    process.once("SIGINT", () => process.exit(exitCodes.interrupted));
    const saved = await save(run, out, { form, ...(options.dtype ? { dtype: options.dtype } : {}) });
    if (json) process.stdout.write(`${JSON.stringify({ type: "saved", ...saved })}\n`);
    tellSaved(saved, json ? process.stderr : process.stdout);
    return exitCodes.done;
  });
}

/** What a specification can't do without, by the flag that gives it. */
function checkFlagsSuffice(input: unknown): void {
  const { model, data } = input as { model?: unknown; data?: object };
  if (model === undefined)
    throw new UsageError(
      "--model is missing: an embedded name such as pythia-tiny, a directory or a .gguf file",
    );
  if (data === undefined && !String(model).startsWith("toy:"))
    throw new UsageError("--sft FILE, --dpo FILE or both are missing: what is trained on");
}

function checkSavable(model: string): void {
  if (model.startsWith("toy:"))
    throw new UsageError(`--out: ${model} is the paper's toy, two numbers; there is no model to write`);
}

/** The command line that goes on with a run, and writes what this one would have written. */
function resumption(directory: string, { out, adapter, dtype }: Options): string {
  return [
    `alright train --resume ${shellWord(directory)}`,
    ...(out === undefined ? [] : [`--out ${shellWord(out)}`]),
    ...(adapter ? ["--adapter"] : []),
    ...(dtype ? [`--dtype ${dtype}`] : []),
  ].join(" ");
}

/** @throws SpecificationError naming the file */
export function readSpecification(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new SpecificationError(`${file}: ${missing ? "no such file" : (error as Error).message}`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SpecificationError(`${file}: not JSON: ${(error as Error).message}`);
  }
}
