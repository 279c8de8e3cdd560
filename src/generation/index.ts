export { GenerationError } from "./error.ts";
export { generate } from "./generate.ts";
export { findPolicy, type Policy, type PolicySource, policyKey } from "./policy.ts";
export {
  type Continuation,
  type ContinuationScore,
  type GenerateOptions,
  type Generation,
  loadTextModel,
  openPolicy,
  type TextModel,
  type TextPiece,
} from "./text-model.ts";
