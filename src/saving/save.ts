import { copyFile, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { type Adapter, loadAdapter, saveAdapter } from "../checkpoints/adapter.ts";
import { writeJson } from "../checkpoints/json.ts";
import { openModel, saveModel } from "../checkpoints/model.ts";
import { isGguf } from "../checkpoints/resolve.ts";
import { loadModelTokenizer, saveTokenizer } from "../checkpoints/tokenizer.ts";
import { findPolicy, type Policy } from "../generation/index.ts";
import { findRunDirectory } from "../runs/directory.ts";
import type { Parameter } from "../tensor/parameter.ts";
import { defaultTemplate } from "../text/index.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { stackAdapters, stackedShape } from "../training/adapters.ts";
import type { Run } from "../training/run.ts";
import { chatTemplate } from "./chat-template.ts";
import { SaveError } from "./error.ts";
import { mergedCheckpoint } from "./merged.ts";
import { modelCard } from "./model-card.ts";
import { type Saved, type SaveOptions, type StoredName, storedTypes } from "./options.ts";
import { checkPlace, placeDirectory } from "./place.ts";
import { runFacts } from "./run-facts.ts";

/**
 * Saves what a run has trained, its final weights or those of its newest checkpoint, with tokenizer, chat template,
 * generation settings and a model card: a merged Hugging Face directory, or the adapter alone in PEFT's format. The
 * directory appears whole or not at all, and nothing is overwritten.
 *
 * ```ts
 * await save(run, "my-model");
 * await save("alright-…", "my-adapter", { form: "adapter" });
 * ```
 *
 * @param run a run, its directory, or its id below `options.runs`
 * @throws SaveError where something is in the way, or there is no such form of the run; GenerationError, CheckpointError
 *   or SpecificationError saying what is missing
 */
export async function save(
  run: string | Pick<Run, "directory">,
  directory: string,
  options: SaveOptions = {},
): Promise<Saved> {
  const { runs = "runs", form = "merged", dtype = "float32" } = options;
  if (!Object.hasOwn(storedTypes, dtype))
    throw new SaveError(`dtype is ${JSON.stringify(dtype)}; expected ${Object.keys(storedTypes).join(", ")}`);
  checkPlace(directory);
  const source = findRunDirectory(typeof run === "string" ? run : run.directory, runs).path;
  const policy = await findPolicy({ run: source });
  const tokenizer = await loadModelTokenizer(policy.tokenizer);
  const facts = runFacts(source, checkpointOf(policy));
  await placeDirectory(directory, async (beside) => {
    if (form === "merged") await writeMerged(policy, beside, dtype, options.shardBytes);
    else await writeAdapter(policy, beside, facts.record.id);
    await writeTexts(policy, tokenizer, beside, form === "merged");
    await writeFile(
      join(beside, "README.md"),
      modelCard({ run: facts, form, dtype, eosText: tokenizer.eosText }),
    );
  });
  const files = (await readdir(directory)).sort();
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(directory, file))).size));
  return {
    directory: resolve(directory),
    form,
    run: facts.record.id,
    step: facts.step,
    steps: facts.steps,
    files,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
  };
}

async function writeMerged(
  policy: Policy,
  directory: string,
  dtype: StoredName,
  shardBytes: number | undefined,
): Promise<void> {
  const adapters = await Promise.all(policy.adapters.map((adapter) => loadAdapter(adapter)));
  const { config, tensors } = mergedCheckpoint(await openModel(policy.model), adapters);
  const options = { dtype: storedTypes[dtype], ...(shardBytes === undefined ? {} : { shardBytes }) };
  await saveModel(directory, { config: { ...architectures(config), ...config }, tensors }, options);
}

/** Some programs go by the class's name, which GGUF files do not have. */
function architectures({ model_type }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const classes: Readonly<Record<string, string>> = {
    gpt_neox: "GPTNeoXForCausalLM",
    llama: "LlamaForCausalLM",
  };
  const name = classes[String(model_type)];
  return name === undefined ? {} : { architectures: [name] };
}

/** One adapter, which stands for those of all stages. */
async function writeAdapter({ adapters, model }: Policy, directory: string, run: string): Promise<void> {
  if (adapters.length === 0)
    throw new SaveError(`run ${run} trained all weights, so it has no adapter; save it merged`);
  const loaded = await Promise.all(adapters.map((adapter) => loadAdapter(adapter)));
  const { lora } = loaded[0]!;
  const stacked = loaded.length === 1 ? parametersOf(loaded[0]!) : stackAdapters(loaded.map(parametersOf));
  await saveAdapter(directory, stacked, { lora: stackedShape(lora, loaded.length), base: model });
}

function parametersOf({ tensors }: Adapter): Parameter[] {
  // A before B, layer by layer, whatever the file's order.
  return [...tensors]
    .map(([name, { shape, data }]) => ({ name, shape: [...shape], data }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Beside the tokenizer's own three: what else its classes read, and the terms that a model comes under. */
const carried =
  /^(chat_template\.jinja|added_tokens\.json|vocab\.json|merges\.txt|tokenizer\.model|(LICEN[CS]E|NOTICE)[^/]*)$/i;

/** Everything that makes a text of a prompt: tokenizer, chat template, generation settings. */
async function writeTexts(
  { tokenizer: from, template }: Policy,
  tokenizer: Tokenizer,
  directory: string,
  model: boolean,
): Promise<void> {
  await saveTokenizer(from, directory);
  const neighbours = isGguf(from) ? [] : await readdir(from);
  for (const name of neighbours)
    if (carried.test(name)) await copyFile(join(from, name), join(directory, name));
  const settings = await readJson(join(directory, "tokenizer_config.json"));
  if (settings.chat_template === undefined && !neighbours.includes("chat_template.jinja")) {
    const written = chatTemplate(template ?? defaultTemplate, { bos: tokenizer.bos !== null });
    await writeFile(join(directory, "chat_template.jinja"), written);
  }
  if (model) await writeGeneration(from, tokenizer, directory);
}

/** The base model's settings; the end token that the answers were trained with is one in any case. */
async function writeGeneration(from: string, tokenizer: Tokenizer, directory: string): Promise<void> {
  const place = isGguf(from) ? dirname(from) : from;
  const base = isGguf(from) ? {} : await readJson(join(place, "generation_config.json"));
  const config = await readJson(join(directory, "config.json"));
  const named = [base.eos_token_id ?? config.eos_token_id].flat().filter((id) => typeof id === "number");
  const ends = [...new Set([...named, tokenizer.eos])];
  const { bos_token_id } = config;
  await writeJson(join(directory, "generation_config.json"), {
    ...(typeof bos_token_id === "number" ? { bos_token_id } : {}),
    ...base,
    eos_token_id: ends.length === 1 ? ends[0] : ends,
  });
}

async function readJson(file: string): Promise<Record<string, unknown>> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new SaveError(`${file}: ${(error as Error).message}`);
  }
}

/** The step of the checkpoint that a policy is of; null where it is what the run left at its end. */
function checkpointOf({ model, adapters }: Policy): number | null {
  const place = dirname(adapters.at(-1) ?? model);
  return basename(dirname(place)) === "checkpoints" ? Number(basename(place)) : null;
}
