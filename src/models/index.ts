export { modelOf } from "./families.ts";
export { initialise } from "./initialise.ts";
export * from "./lora.ts";
export { type LanguageModel, ModelError, type Weights } from "./model.ts";
export { type PackedInputs, packedInputs } from "./packed.ts";
export { weightInputs } from "./weights.ts";
