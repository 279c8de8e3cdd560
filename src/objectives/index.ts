export { log1mExp, logSigmoid, sigmoid, softplus } from "../logistic.ts";
export {
  defineObjective,
  type PreferenceInput,
  type ResponseInput,
  type RowLoss,
  type SftInput,
} from "./define.ts";
export { hasOption, type ObjectiveDefinition } from "./definition.ts";
export { type DpoOptions, dpo } from "./dpo.ts";
export { type MarginForm, nllWeight, rewardScale, type Slope, slopeOf } from "./margin.ts";
export {
  type LocalObjective,
  type Objective,
  ObjectiveError,
  type ObjectiveForm,
  type ObjectiveValue,
  type ResponseLogProbs,
  type StepMetrics,
} from "./objective.ts";
export {
  builtInLosses,
  findLoss,
  lossOptions,
  type ObjectiveSlot,
  objectiveOf,
  objectivesOf,
  type RunObjectives,
  type SlotOptions,
  slotOf,
} from "./registry.ts";
export { type SftOptions, sft } from "./sft.ts";
