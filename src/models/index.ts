export {
  type CachedInputs,
  type CacheShape,
  cachedAttention,
  cachedInputs,
  cacheNames,
  type LayerCache,
} from "./cached.ts";
export { modelOf } from "./families.ts";
export { initialise } from "./initialise.ts";
export * from "./lora.ts";
export {
  type Attention,
  below,
  hiddenStates,
  type LanguageModel,
  ModelError,
  type Pick,
  type Weights,
} from "./model.ts";
export { GRIDS, type PackedInputs, packedAttention, packedInputs } from "./packed.ts";
export { type Targets, targetedLayers } from "./targets.ts";
export { storedWeights, weightInputs } from "./weights.ts";
