import { join } from "node:path";
import type { TensorData } from "./checkpoint.ts";
import { elementBytes } from "./header.ts";
import { writeJson } from "./json.ts";
import { type StoredType, writeSafetensors } from "./safetensors.ts";

export const weightsFile = "model.safetensors";
export const indexFile = "model.safetensors.index.json";

/** What transformers wrote to one file for years: five decimal gigabytes. */
const largestShard = 5e9;

/**
 * Writes a directory's weights: one `model.safetensors`, or, where they are more than `shardBytes`, shards of at most so
 * much (a tensor that alone is larger has one to itself) and the index that names each tensor's.
 */
export async function writeWeights(
  directory: string,
  tensors: ReadonlyMap<string, TensorData>,
  { dtype, shardBytes = largestShard }: { readonly dtype: StoredType; readonly shardBytes?: number },
): Promise<void> {
  const shards = partition(tensors, elementBytes[dtype]!, shardBytes);
  if (shards.length < 2) return writeSafetensors(join(directory, weightsFile), tensors, { dtype });
  const map: Record<string, string> = {};
  for (const [i, shard] of shards.entries()) {
    const file = `model-${place(i + 1)}-of-${place(shards.length)}.safetensors`;
    await writeSafetensors(join(directory, file), shard, { dtype });
    for (const name of shard.keys()) map[name] = file;
  }
  const total = [...tensors.values()].reduce(
    (sum, { shape }) => sum + bytesOf(shape, elementBytes[dtype]!),
    0,
  );
  await writeJson(join(directory, indexFile), { metadata: { total_size: total }, weight_map: map });
}

function partition(
  tensors: ReadonlyMap<string, TensorData>,
  unit: number,
  largest: number,
): Map<string, TensorData>[] {
  const shards: Map<string, TensorData>[] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const [name, tensor] of tensors) {
    const size = bytesOf(tensor.shape, unit);
    if (bytes + size > largest) {
      shards.push(new Map());
      bytes = 0;
    }
    shards.at(-1)!.set(name, tensor);
    bytes += size;
  }
  return shards;
}

const bytesOf = (shape: readonly number[], unit: number) => shape.reduce((product, n) => product * n, unit);

/** `00001`, as transformers numbers them. */
const place = (number: number) => String(number).padStart(5, "0");
