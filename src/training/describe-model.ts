import { openModel, resolveModel } from "../checkpoints/index.ts";
import { type MemoryPlan, planMemory } from "../engine/memory.ts";
import type { HubOptions } from "../hub/index.ts";
import { modelOf } from "../models/index.ts";
import type { Specification } from "../runs/specification.ts";

/** What a model is, and how it would be trained here; nothing of its weights is read but their names and shapes. */
export interface ModelDescription {
  readonly directory: string;
  /** `model_type` of its `config.json`. */
  readonly type: string;
  readonly parameters: number;
  readonly layers: number;
  /** Numbers in a hidden state. */
  readonly width: number;
  readonly vocabulary: number;
  readonly maxLength: number;
  readonly memory: MemoryPlan;
}

/** Rows that the estimate is for, in tokens; a run's own rows decide when it starts. */
const ROW = 512;
const BATCH = 4096;

/**
 * @param hub of the download, where the model is of the hub and not in the cache
 * @throws CheckpointError, HubError or ModelError where there is no such model, or it can't be trained
 */
export async function describeModel(
  name: string,
  { lora, memory }: Partial<Pick<Specification, "lora" | "memory">> = {},
  hub: HubOptions = {},
): Promise<ModelDescription> {
  const directory = await resolveModel(name, hub);
  const { config, tensors } = await openModel(directory);
  const model = modelOf(config);
  let parameters = 0;
  for (const [weight, shape] of model.shapes)
    if (tensors.has(weight)) parameters += shape.reduce((product, size) => product * size, 1);
  const longest = Math.min(ROW, model.maxLength);
  return {
    directory,
    type: String(config.model_type),
    parameters,
    layers: model.layers,
    width: model.width,
    vocabulary: model.vocabulary,
    maxLength: model.maxLength,
    memory: planMemory({ model, lora: lora ?? null, longest, batchTokens: BATCH, memory: memory ?? null }),
  };
}
