import type { TensorData } from "../checkpoints/checkpoint.ts";
import { type LoraLayer, type LoraShape, mergedWeight, resetLora } from "../models/index.ts";
import type { Parameter } from "../tensor/index.ts";

/**
 * Puts W + scale · B A in place of every adapted weight of `weights`. The checkpoint's own arrays are left
 * as they are. With a seed the adapter starts afresh.
 */
export function mergeLora(
  weights: Map<string, TensorData>,
  layers: readonly LoraLayer[],
  parameters: readonly Parameter[],
  lora: LoraShape,
  seed: number | null,
): void {
  for (const [i, { module }] of layers.entries()) {
    const [a, b] = [parameters[2 * i]!, parameters[2 * i + 1]!];
    const name = `${module}.weight`;
    const { shape, data } = weights.get(name)!;
    weights.set(name, { shape, data: mergedWeight(data, a, b, lora) });
    if (seed !== null) resetLora(a, b, seed);
  }
}
