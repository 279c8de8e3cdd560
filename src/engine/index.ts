export { initialise, ModelError, modelOf } from "../models/index.ts";
export { type AskedDevice, type FoundDevice, findDevice } from "./device.ts";
export {
  createGenerator,
  type DecodedToken,
  type Decoding,
  type DecodingOptions,
  type Generator,
  type GeneratorOptions,
} from "./generator.ts";
export { createLearner } from "./language-learner.ts";
export type { LanguageLearner, LearnerOptions, LearnerResult, LoraOptions, Plan } from "./learner.ts";
export {
  checkMemoryLimit,
  type MemoryNeeds,
  type MemoryPlan,
  memoryToGenerate,
  planMemory,
} from "./memory.ts";
export { rowTokens } from "./packing.ts";
export { processorKind } from "./processor.ts";
export type { Device } from "./session.ts";
export { physicalCores, threadsFor } from "./threads.ts";
