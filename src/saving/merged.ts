import type { Adapter } from "../checkpoints/adapter.ts";
import { inFile, type ModelCheckpoint, type TensorData } from "../checkpoints/checkpoint.ts";
import { loraLayers, mergedWeight, modelOf } from "../models/index.ts";
import type { Parameter } from "../tensor/parameter.ts";
import { SaveError } from "./error.ts";

/**
 * A model with adapters added to its weights, W + Σ scale · B A, each computed when it is read: of a model whose tensors
 * stay in their files no more than one is in memory at a time.
 *
 * @throws ModelError or SaveError where an adapter does not fit the model
 */
export function mergedCheckpoint(
  { config, tensors }: ModelCheckpoint,
  adapters: readonly Adapter[],
): ModelCheckpoint {
  const model = modelOf(config);
  const merged = new Map<string, TensorData>(tensors);
  for (const { lora, tensors: parts } of adapters) {
    for (const { module, nameA, nameB, inputs, outputs } of loraLayers(model, lora)) {
      const name = `${module}.weight`;
      const weight = merged.get(name);
      if (!weight) throw new SaveError(`the model has no tensor "${name}", which the adapter is for`);
      const a = part(parts, nameA, [lora.rank, inputs]);
      const b = part(parts, nameB, [outputs, lora.rank]);
      merged.set(
        name,
        computed(weight.shape, () => mergedWeight(weight.data, a, b, lora)),
      );
    }
  }
  return { config, tensors: merged };
}

function part(parts: Adapter["tensors"], name: string, shape: readonly number[]): Parameter {
  const tensor = parts.get(name);
  if (!tensor || tensor.shape.join() !== shape.join())
    throw new SaveError(
      `the adapter's tensor "${name}" is ${tensor ? `[${tensor.shape}]` : "missing"}; the model asks for [${shape}]`,
    );
  return { name, shape: [...shape], data: tensor.data };
}

function computed(shape: readonly number[], compute: () => Float32Array): TensorData {
  return inFile(shape, { read: (from, into) => into.set(compute().subarray(from, from + into.length)) });
}
