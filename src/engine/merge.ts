import type { TensorData } from "../checkpoints/checkpoint.ts";
import { type LoraLayer, type LoraShape, mergedWeight, resetLora } from "../models/index.ts";
import type { Parameter } from "../tensor/index.ts";
import type { WeightStore } from "./weight-store.ts";

interface Adapter {
  readonly lora: LoraShape;
  readonly layers: readonly LoraLayer[];
  readonly parameters: readonly Parameter[];
}

/** Adds scale · B A to every adapted weight for good, and starts the adapter afresh. */
export function mergeLora(store: WeightStore, { lora, layers, parameters }: Adapter, seed: number): void {
  for (const [i, { module }] of layers.entries()) {
    const [a, b] = [parameters[2 * i]!, parameters[2 * i + 1]!];
    const trained = [a, b].map((parameter) => ({ ...parameter, data: parameter.data.slice() }));
    store.add(`${module}.weight`, (weight) => mergedWeight(weight, trained[0]!, trained[1]!, lora));
    resetLora(a, b, seed);
  }
}

/** All weights under their checkpoint names, with the adapter added to those that it adapts. */
export function mergedWeights(
  store: WeightStore,
  names: Iterable<string>,
  adapter: Adapter,
): ReadonlyMap<string, TensorData> {
  const merged = new Map<string, TensorData>();
  for (const name of names) merged.set(name, { shape: store.shape(name), data: store.read(name, name) });
  addLora(merged, adapter);
  return merged;
}

/** Puts W + scale · B A, a new array, in place of every adapted weight. */
export function addLora(weights: Map<string, TensorData>, { lora, layers, parameters }: Adapter): void {
  for (const [i, { module }] of layers.entries()) {
    const name = `${module}.weight`;
    const { shape, data } = weights.get(name)!;
    weights.set(name, { shape, data: mergedWeight(data, parameters[2 * i]!, parameters[2 * i + 1]!, lora) });
  }
}
