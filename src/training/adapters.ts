import { type Adapter, loadAdapter } from "../checkpoints/adapter.ts";
import type { LoraOptions } from "../engine/learner.ts";
import type { Parameter } from "../tensor/parameter.ts";
import { TrainingError } from "./error.ts";

/** Copies an adapter's tensors into a learner's parameters. @throws TrainingError where they do not fit */
export function fillAdapter(
  parameters: readonly Parameter[],
  tensors: Adapter["tensors"],
  where: string,
): void {
  for (const { name, shape, data } of parameters) {
    const tensor = tensors.get(name);
    if (!tensor || tensor.data.length !== data.length)
      throw new TrainingError(
        `${where}: tensor ${name} is ${tensor ? `[${tensor.shape}]` : "missing"}; this run's adapter has [${shape}]`,
      );
    data.set(tensor.data);
  }
}

/** `loadAdapter`, then `fillAdapter`. */
export async function readAdapterInto(parameters: readonly Parameter[], directory: string): Promise<void> {
  const { tensors } = await loadAdapter(directory);
  fillAdapter(parameters, tensors, directory);
}

/** The shape of `count` adapters stacked to one: ranks add up, and alpha grows so that the scale stays as it is. */
export function stackedShape<T extends LoraOptions>(lora: T, count: number): T {
  const alpha = lora.alpha * (lora.rslora ? Math.sqrt(count) : count);
  return { ...lora, rank: lora.rank * count, alpha };
}

/**
 * One adapter that stands for several on top of one another: Σ Bᵢ Aᵢ = [B₁ B₂ …] [A₁; A₂; …], so their ranks add up.
 * Parameters come as A, B of each layer.
 */
export function stackAdapters(adapters: readonly (readonly Parameter[])[]): Parameter[] {
  return adapters[0]!.map((parameter, i) => {
    const parts = adapters.map((adapter) => adapter[i]!);
    return parameter.name.endsWith("lora_A.weight") ? stackRows(parts) : stackColumns(parts);
  });
}

function stackRows(parts: readonly Parameter[]): Parameter {
  const columns = parts[0]!.shape[1]!;
  const rows = parts.reduce((sum, { shape }) => sum + shape[0]!, 0);
  const data = new Float32Array(rows * columns);
  let offset = 0;
  for (const part of parts) {
    data.set(part.data, offset);
    offset += part.data.length;
  }
  return { name: parts[0]!.name, shape: [rows, columns], data };
}

function stackColumns(parts: readonly Parameter[]): Parameter {
  const rows = parts[0]!.shape[0]!;
  const columns = parts.reduce((sum, { shape }) => sum + shape[1]!, 0);
  const data = new Float32Array(rows * columns);
  let offset = 0;
  for (const part of parts) {
    const width = part.shape[1]!;
    for (let row = 0; row < rows; row++)
      data.set(part.data.subarray(row * width, (row + 1) * width), row * columns + offset);
    offset += width;
  }
  return { name: parts[0]!.name, shape: [rows, columns], data };
}
