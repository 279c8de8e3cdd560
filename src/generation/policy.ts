import { existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { embeddedModels, resolveModel } from "../checkpoints/resolve.ts";
import type { HubOptions } from "../hub/index.ts";
import { findRunDirectory, type RunDirectory } from "../runs/directory.ts";
import { newestCheckpoint } from "../training/checkpoint.ts";
import { GenerationError } from "./error.ts";

/** A model by name or directory, or what a run has made of its model. */
export interface PolicySource {
  /** An embedded name, a directory, a `.gguf` file or `hub:owner/name`; not needed with `run`. */
  readonly model?: string;
  /** A run's directory, or its id below `runs`: its final weights, or those of its newest checkpoint. */
  readonly run?: string;
  /** The directory of run directories. Default `runs`. */
  readonly runs?: string;
}

/** Where weights, adapters on them, and the tokenizer are. */
export interface Policy {
  /** A Hugging Face directory or a .gguf file. */
  readonly model: string;
  /** PEFT directories, each on top of those before it. */
  readonly adapters: readonly string[];
  /** The directory with `tokenizer.json`, or the .gguf file that brings its tokenizer. */
  readonly tokenizer: string;
  /** What the run was trained with; null without a run: then it is the model's own to say. */
  readonly template: string | null;
}

/**
 * Finds what is to write.
 *
 * @param hub of the download, where a model is of the hub and not in the cache
 * @throws GenerationError, HubError, CheckpointError or SpecificationError saying what was looked for and where
 */
export async function findPolicy(
  { model, run, runs = "runs" }: PolicySource,
  hub: HubOptions = {},
): Promise<Policy> {
  if (run === undefined) {
    if (model === undefined) throw new GenerationError("no model and no run is given; give one of them");
    const directory = await directoryOf(model, process.cwd(), hub);
    return { model: directory, adapters: [], tokenizer: directory, template: null };
  }
  const directory = findRunDirectory(run, runs);
  const { id, specification, workingDirectory } = directory.readRecord();
  const base = await directoryOf(specification.model, workingDirectory, hub);
  if (model !== undefined && (await directoryOf(model, process.cwd(), hub)) !== base)
    throw new GenerationError(`run ${id} trained ${specification.model}, not ${model}; leave the model out`);
  const trained = trainedBy(directory);
  if (!trained)
    throw new GenerationError(
      `run ${id} has no checkpoint yet, and no final weights; wait for its first (every ${specification.checkpoint.every} steps)`,
    );
  return { model: base, tokenizer: base, template: specification.template, ...trained };
}

/** What a run leaves of its weights: adapters on its model, or a model of its own. */
function trainedBy(run: RunDirectory): (Pick<Policy, "adapters"> & { model?: string }) | null {
  if (existsSync(join(run.final, "adapter_config.json"))) return { adapters: [run.final] };
  if (existsSync(join(run.final, "config.json"))) return { model: run.final, adapters: [] };
  const newest = newestCheckpoint(run.checkpoints);
  if (!newest) return null;
  const { directory } = newest;
  const model = join(directory, "model");
  if (existsSync(model)) return { model, adapters: [] };
  // Adapters of earlier stages, in order: merged-1, merged-2, …
  const merged = readdirSync(directory).filter((name) => /^merged-\d+$/.test(name)).length;
  const stages = Array.from({ length: merged }, (_, i) => join(directory, `merged-${i + 1}`));
  return { adapters: [...stages, join(directory, "adapter")] };
}

async function directoryOf(model: string, from: string, hub: HubOptions): Promise<string> {
  if (model.startsWith("toy:"))
    throw new GenerationError(`${model} is the paper's toy: it has no words; give a language model`);
  // Names of embedded models come first, as in a specification.
  const there = resolve(from, model);
  const isPath = !(await embeddedModels()).includes(model) && existsSync(there);
  return resolveModel(isPath ? there : model, hub);
}

/** Changes when a policy's files do: to tell whether one that is loaded is still what is there. */
export function policyKey({ model, adapters, tokenizer, template }: Policy): string {
  const stamp = (file: string) => {
    const { size, mtimeMs } = statSync(file);
    return [file, size, mtimeMs];
  };
  const files = [model, tokenizer, ...adapters].map((path) =>
    statSync(path).isFile()
      ? [stamp(path)]
      : readdirSync(path)
          .filter((name) => /\.(safetensors|json|jinja)$/.test(name))
          .sort()
          .map((name) => stamp(join(path, name))),
  );
  return JSON.stringify([template, files]);
}
