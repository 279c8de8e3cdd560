export { initialise, ModelError } from "../models/index.ts";
export { EngineError } from "./errors.ts";
export {
  createGenerator,
  type DecodedToken,
  type Decoding,
  type DecodingOptions,
  type Generator,
  type GeneratorOptions,
} from "./generator.ts";
export { createLearner } from "./language-learner.ts";
export type { LanguageLearner, LearnerOptions, LearnerResult, LoraOptions } from "./learner.ts";
export { physicalCores } from "./threads.ts";
