import type { Form, StoredName } from "../../src/saving/index.ts";
import { findRun } from "../runtime/runs.ts";
import { type Call, type Magic, MagicError } from "./magic.ts";
import { asRun, chooseRun } from "./run-choice.ts";

export const save: Magic = {
  name: "save",
  help: "writes what a run has trained, with tokenizer, chat template and model card: a merged model that transformers loads, or a PEFT adapter; nothing is overwritten",
  word: {
    name: "run directory",
    help: "a directory, and before it a run by id, directory or {run} (default: the last run)",
    many: true,
    kind: "run",
  },
  options: {
    adapter: { type: "boolean", help: "the adapter in PEFT's format, not a merged model" },
    dtype: {
      type: "string",
      values: ["float32", "bfloat16", "float16"],
      default: "float32",
      help: "of a merged model's weights; float32 loses nothing",
    },
    runs: { type: "path", kind: "file", help: "directory of run directories (default runs)" },
  },
  examples: ["%save my-model", "%save {run} my-model dtype=bfloat16", "%save {run} my-adapter adapter"],
  async run(call) {
    const { run, directory } = placesOf(call);
    const { adapter, dtype, runs } = call.options;
    if (adapter === true && dtype !== undefined)
      throw new MagicError("%save: an adapter is float32; leave dtype out");
    const { save: write } = await import("../../src/saving/index.ts");
    const form: Form = adapter === true ? "adapter" : "merged";
    const saved = await write(run, directory, {
      form,
      ...(dtype === undefined ? {} : { dtype: dtype as StoredName }),
      ...(runs === undefined ? {} : { runs: runs as string }),
    });
    const of = saved.step < saved.steps ? `, step ${saved.step} of ${saved.steps}` : "";
    const what = form === "merged" ? "merged model" : "adapter";
    process.stdout.write(`${what} of run ${saved.run}${of} in ${saved.directory}\n`);
  },
};

function placesOf(call: Call): { run: string | { readonly directory: string }; directory: string } {
  const { words, word } = call;
  const [directory] = words.slice(-1);
  const before = words.slice(0, -1);
  if (directory === undefined || before.length + (word === undefined ? 0 : 1) > 1)
    throw new MagicError(`%save takes a run and a directory: ${save.examples[1]}`);
  if (word !== undefined) return { run: asRun("save", word), directory };
  const [id] = before;
  if (id !== undefined) return { run: findRun(id) ?? id, directory };
  const ended = ["finished", "stopped", "paused", "failed"] as const;
  return { run: chooseRun("save", { ...call, words: [] }, [...ended, "running"]), directory };
}
