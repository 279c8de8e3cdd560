import { mkdir, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { shown } from "../shown.ts";
import type { ModelCheckpoint, TensorData } from "./checkpoint.ts";
import { CheckpointError } from "./error.ts";
import { loadGguf, openGguf } from "./gguf-model.ts";
import { readJsonObject, writeJson } from "./json.ts";
import { isGguf } from "./resolve.ts";
import { readSafetensors, type StoredType } from "./safetensors.ts";
import { indexFile, weightsFile, writeWeights } from "./shards.ts";
import { openSafetensors } from "./stored.ts";
import { saveTokenizer } from "./tokenizer.ts";

const torchNames: Readonly<Record<StoredType, string>> = { F32: "float32", F16: "float16", BF16: "bfloat16" };

/** Where a checkpoint was read, for messages about its tensors. */
const origins = new WeakMap<ModelCheckpoint, string>();
const configs = new WeakMap<ModelCheckpoint["config"], string>();

/**
 * Reads a model: a GGUF file, or a Hugging Face directory, which has `config.json`, and `model.safetensors` or the shards
 * that `model.safetensors.index.json` lists.
 *
 * @throws CheckpointError for a directory without config or weights, and for damaged weights
 */
export async function loadModel(path: string): Promise<ModelCheckpoint> {
  return placed(path, isGguf(path) ? await loadGguf(path) : await readDirectory(path, "now"));
}

/** As {@link loadModel}, but the tensors stay in their files: names, types and shapes are checked now. */
export async function openModel(path: string): Promise<ModelCheckpoint> {
  return placed(path, isGguf(path) ? await openGguf(path) : await readDirectory(path, "later"));
}

function placed(path: string, checkpoint: ModelCheckpoint): ModelCheckpoint {
  origins.set(checkpoint, path);
  configs.set(checkpoint.config, isGguf(path) ? path : join(path, "config.json"));
  return checkpoint;
}

/** The file that a model's config was read from, or null where it was made in memory. */
export function configOrigin(config: ModelCheckpoint["config"]): string | null {
  return configs.get(config) ?? null;
}

async function readDirectory(directory: string, read: "now" | "later"): Promise<ModelCheckpoint> {
  const files = await readdir(directory).catch(() => {
    throw new CheckpointError(`${directory}: no such directory; expected a Hugging Face model directory`);
  });
  if (!files.includes("config.json"))
    throw new CheckpointError(
      files.some(isGguf)
        ? withoutWeights(directory, files)
        : `${directory}: no config.json; expected a Hugging Face model directory`,
    );
  const config = await readJsonObject(join(directory, "config.json"));
  const tensors = new Map<string, TensorData>();
  for (const [file, names] of await weightFiles(directory, files)) {
    const found =
      read === "now"
        ? (await readSafetensors(file, names ? { names } : {})).tensors
        : await openSafetensors(file);
    for (const name of names ?? found.keys()) {
      const tensor = found.get(name);
      if (!tensor) throw new CheckpointError(`${file}: tensor "${name}" is missing`);
      tensors.set(name, tensor);
    }
  }
  return { config, tensors };
}

/** The files with a directory's weights, and which tensors of them are meant: null for all. */
async function weightFiles(
  directory: string,
  files: readonly string[],
): Promise<ReadonlyMap<string, readonly string[] | null>> {
  if (files.includes(weightsFile)) return new Map([[join(directory, weightsFile), null]]);
  if (files.includes(indexFile)) return shardsOf(directory);
  throw new CheckpointError(withoutWeights(directory, files));
}

function withoutWeights(directory: string, files: readonly string[]): string {
  const gguf = files.find(isGguf);
  if (gguf)
    return `${directory}: no ${weightsFile}; to use ${gguf}, give its own path: ${join(directory, gguf)}`;
  const other = files.find((file) => /\.(bin|pt|pth|h5|msgpack)$/.test(file));
  return other
    ? `${directory}: no ${weightsFile}; ${other} is not read: convert it to safetensors (transformers: model.save_pretrained(directory))`
    : `${directory}: a model directory without weights: no ${weightsFile} and no ${indexFile}`;
}

async function shardsOf(directory: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const index = join(directory, indexFile);
  const map = (await readJsonObject(index)).weight_map;
  if (typeof map !== "object" || map === null || Array.isArray(map))
    throw new CheckpointError(
      `${index}: "weight_map" is missing; expected an object from tensor names to files`,
    );
  const shards = new Map<string, string[]>();
  for (const [name, file] of Object.entries(map)) {
    if (typeof file !== "string" || basename(file) !== file || !file.endsWith(".safetensors"))
      throw new CheckpointError(
        `${index}: tensor "${name}" is in ${shown(file)}; expected a .safetensors file of the same directory`,
      );
    const names = shards.get(file);
    if (names) names.push(name);
    else shards.set(file, [name]);
  }
  return new Map([...shards].map(([file, names]) => [join(directory, file), names]));
}

/**
 * One tensor of a checkpoint, of the shape that the model's config asks for.
 *
 * @throws CheckpointError naming the directory and the tensor where it is missing or has another shape
 */
export function requireTensor(
  checkpoint: ModelCheckpoint,
  name: string,
  shape: readonly number[],
): TensorData {
  const where = origins.get(checkpoint) ?? "model";
  const tensor = checkpoint.tensors.get(name);
  if (!tensor) throw new CheckpointError(`${where}: tensor "${name}" is missing from the weights`);
  if (tensor.shape.length !== shape.length || tensor.shape.some((length, i) => length !== shape[i]))
    throw new CheckpointError(
      `${where}: tensor "${name}" has shape ${JSON.stringify(tensor.shape)}; config.json asks for ${JSON.stringify(shape)}`,
    );
  return tensor;
}

export interface SaveModelOptions {
  /** Default F32. */
  readonly dtype?: StoredType;
  /** A model whose tokenizer the directory gets: another directory, or a GGUF file. */
  readonly tokenizerFrom?: string;
  /** Weights beyond so many bytes go to several files with an index. Default 5 GB. */
  readonly shardBytes?: number;
}

/** Writes a Hugging Face model directory; every file is written beside its place and renamed, the weights last. */
export async function saveModel(
  directory: string,
  checkpoint: ModelCheckpoint,
  options: SaveModelOptions = {},
): Promise<void> {
  const dtype = options.dtype ?? "F32";
  await mkdir(directory, { recursive: true });
  await writeJson(join(directory, "config.json"), { ...checkpoint.config, torch_dtype: torchNames[dtype] });
  if (options.tokenizerFrom) await saveTokenizer(options.tokenizerFrom, directory);
  const { shardBytes } = options;
  await writeWeights(
    directory,
    checkpoint.tensors,
    shardBytes === undefined ? { dtype } : { dtype, shardBytes },
  );
}
