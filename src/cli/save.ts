import { type Form, type Saved, type StoredName, save } from "../saving/index.ts";
import { carryOut, describe, oneOf } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import { size } from "./show-number.ts";
import { UsageError } from "./usage.ts";

interface Options {
  readonly runs?: string;
  readonly merged?: true;
  readonly adapter?: true;
  readonly dtype?: StoredName;
  readonly json?: true;
}

const command = () =>
  describe({
    name: "save",
    summary:
      "Writes what a run has trained, its final weights or those of its newest checkpoint, with tokenizer, chat template\n" +
      "and model card: a merged model that transformers loads, or a PEFT adapter. Nothing is ever overwritten.",
    examples: [
      ["alright save alright-20260101-120000-1a2b my-model", "merged, in float32"],
      ["alright save runs/alright-20260101-120000-1a2b my-model --dtype bfloat16", "half the size, rounded"],
      ["alright save alright-20260101-120000-1a2b my-adapter --adapter", "the adapter alone"],
    ],
    exits: "130 after Ctrl-C, with nothing written",
  })
    .argument("<run>", "a run's directory, or its id")
    .argument("<directory>", "where to; new, or empty")
    .option("--runs <dir>", "where ids of runs are (default: runs)")
    .option("--merged", "a whole model with the adapter in its weights (default)")
    .option("--adapter", "the adapter in PEFT's format")
    .option(
      "--dtype <type>",
      "of merged weights: float32 (default), bfloat16 or float16",
      oneOf(["float32", "bfloat16", "float16"]),
    )
    .option("--json", "what was written as one object");

/** `alright save RUN DIR`. */
export function saveCommand(args: readonly string[]): Promise<number> {
  return carryOut<Options>(
    command(),
    args,
    async ({ runs, merged, adapter, dtype, json }, [run, directory]) => {
      if (merged && adapter)
        throw new UsageError("--merged and --adapter exclude one another; give one of them");
      if (adapter && dtype) throw new UsageError("an adapter is float32; leave --dtype out");
      const form: Form = adapter ? "adapter" : "merged";
      process.once("SIGINT", () => process.exit(exitCodes.interrupted));
      const saved = await save(run!, directory!, {
        form,
        ...(runs === undefined ? {} : { runs }),
        ...(dtype === undefined ? {} : { dtype }),
      });
      if (json) console.log(JSON.stringify(saved));
      else tellSaved(saved, process.stdout);
      return exitCodes.done;
    },
  );
}

/** One line of what was written. */
export function tellSaved(saved: Saved, out: NodeJS.WritableStream): void {
  const { directory, form, run, step, steps, files, bytes } = saved;
  const what = form === "merged" ? "merged model" : "adapter";
  const of = step < steps ? `, step ${step} of ${steps}` : "";
  out.write(`${what} of run ${run}${of} in ${directory} (${files.length} files, ${size(bytes)})\n`);
}
