import { existsSync } from "node:fs";
import { join } from "node:path";
import type { PolicySource } from "../../src/generation/index.ts";
import { findRun } from "../runtime/runs.ts";
import { type Call, type Magic, MagicError } from "./magic.ts";
import { asRun } from "./run-choice.ts";
import { settings } from "./settings.ts";

export const load: Magic = {
  name: "load",
  help: "loads a model to write with, kept until its dispose(): a saved directory, a .gguf file, an embedded name, or a run",
  word: { name: "name", help: "a model, or a run by id, directory or {run}", kind: "model" },
  options: {
    threads: { type: "integer", minimum: 1, nullable: true, help: "threads, or none for all cores" },
    runs: { type: "path", kind: "file", help: "directory of run directories (default runs)" },
  },
  value: 'import("alright-ts").TextModel',
  examples: ["const model = %load my-model", "const model = %load {run}"],
  async run(call) {
    if (!call.assigned)
      throw new MagicError("%load gives a model to write with; keep it: const model = %load my-model");
    const { loadTextModel } = await import("../../src/generation/index.ts");
    const threads = (call.options.threads ?? settings().threads ?? null) as number | null;
    return loadTextModel(sourceOf(call), { threads });
  },
};

function sourceOf({ words: [name], word, options }: Call): PolicySource {
  const runs = (options.runs as string | undefined) ?? "runs";
  if (typeof word === "object" && word !== null) return { run: asRun("load", word).directory };
  const given = name ?? word;
  if (typeof given !== "string") throw new MagicError(`%load takes a name, got ${typeof given}`);
  const run = findRun(given)?.directory;
  if (run !== undefined) return { run };
  const isRun = [given, join(runs, given)].some((place) => existsSync(join(place, "run.json")));
  return isRun ? { run: given, runs } : { model: given };
}
