import type { Adapter } from "../checkpoints/adapter.ts";
import type { ModelCheckpoint, TensorData } from "../checkpoints/checkpoint.ts";
import {
  type CacheShape,
  type LanguageModel,
  loraLayers,
  loraParameters,
  modelOf,
  storedWeights,
} from "../models/index.ts";
import { checkedTensor } from "./checks.ts";
import { EngineError } from "./errors.ts";
import { rotaryTables } from "./feeds.ts";
import { generationPlan } from "./generation-plan.ts";
import type { KeyValueCache } from "./key-value-cache.ts";
import { addLora } from "./merge.ts";
import { createSession, type Feed, type Session } from "./session.ts";
import { threadsFor } from "./threads.ts";

export interface GeneratorOptions {
  /** Merged into the weights, one after the other. */
  readonly adapters?: readonly Pick<Adapter, "lora" | "tensors">[];
  /** Threads of onnxruntime; `null`: physical cores. */
  readonly threads?: number | null;
}

/** A model's forward pass over a cache of keys and values. */
export interface CachedRunner {
  readonly model: LanguageModel;
  readonly caches: readonly CacheShape[];
  /**
   * Runs the new tokens of the slots from `from` on, which all have as many.
   *
   * @param before tokens that each slot has in the cache already
   * @param ends rows of the tokens, all slots in turn, whose logits are wanted; default: each slot's last
   * @returns logits [ends, vocabulary]
   */
  run(
    cache: KeyValueCache,
    from: number,
    tokens: readonly Int32Array[],
    before: Int32Array,
    ends?: Int32Array,
  ): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/**
 * @throws ModelError where the configuration does not make a model, or the adapter does not fit it
 * @throws EngineError where tensors do not fit the configuration
 */
export async function createCachedRunner(
  checkpoint: ModelCheckpoint,
  options: GeneratorOptions,
): Promise<CachedRunner> {
  const { model, caches, session } = await load(checkpoint, options);
  const tables = rotaryTables(model.frequencies);

  async function run(
    cache: KeyValueCache,
    from: number,
    tokens: readonly Int32Array[],
    before: Int32Array,
    ends = Int32Array.from(tokens, (one, s) => (s + 1) * one.length - 1),
  ) {
    const count = tokens.length;
    const each = tokens[0]!.length;
    const ids = new Int32Array(count * each);
    const positions = new BigInt64Array(count * each);
    for (const [s, some] of tokens.entries()) {
      ids.set(some, s * each);
      for (let t = 0; t < each; t++) positions[s * each + t] = BigInt(before[s]! + t);
    }
    const last = before.map((length) => length + each - 1);
    const total = Math.max(...last) + 1;
    const past = cache.feeds(from, count, total);
    const { cos, sin } = tables(cache.capacity);
    const feeds = new Map<string, Feed>([
      ["ids", { type: "int32", data: ids, shape: [ids.length] }],
      ["ends", { type: "int32", data: ends, shape: [ends.length] }],
      ["grid", { type: "int64", data: BigInt64Array.of(BigInt(count), BigInt(each), -1n), shape: [3] }],
      ["positions", { type: "int64", data: positions, shape: [count, each] }],
      ["last", { type: "int32", data: last, shape: [count] }],
      ["total", { type: "int32", data: Int32Array.of(total), shape: [] }],
      ["cos", cos],
      ["sin", sin],
      ...past,
    ]);
    const outputs = await session.run(feeds);
    cache.write(from, before, outputs);
    return outputs.get("logits")!;
  }

  return { model, caches, run, dispose: () => session.dispose() };
}

/** onnxruntime has copies of its own, so that nothing here keeps the checkpoint's arrays once they are loaded. */
async function load(
  checkpoint: ModelCheckpoint,
  { adapters = [], threads = null }: GeneratorOptions,
): Promise<{ model: LanguageModel; caches: readonly CacheShape[]; session: Session }> {
  const model = modelOf(checkpoint.config);
  const weights = new Map<string, TensorData>();
  for (const [name, shape] of model.shapes) weights.set(name, checkedTensor(checkpoint, name, shape));
  for (const adapter of adapters) mergeAdapter(weights, adapter, model);
  const stored = storedWeights(model.shapes, (name) => weights.get(name)!.data);
  const { outputs, caches } = generationPlan(model, stored);
  const session = await createSession(outputs, { threads: threadsFor(threads) });
  const shapes = caches.map(({ keyHeads, dim }) => ({ keyHeads, dim }));
  return { model, caches: shapes, session };
}

function mergeAdapter(
  weights: Map<string, TensorData>,
  { lora, tensors }: Pick<Adapter, "lora" | "tensors">,
  model: LanguageModel,
): void {
  const layers = loraLayers(model, { ...lora, dropout: 0 });
  const parameters = loraParameters(layers, lora, 0).map(({ name, shape }) => {
    const tensor = tensors.get(name);
    if (!tensor || tensor.shape.some((size, axis) => size !== shape[axis])) {
      const found = tensor ? `is [${tensor.shape}]` : "is missing";
      throw new EngineError(`the adapter's tensor "${name}" ${found}; this model's is [${shape}]`);
    }
    return { name, shape, data: tensor.data };
  });
  addLora(weights, { lora, layers, parameters });
}
