export { type DpoOptions, dpo } from "./dpo.ts";
export {
  type Objective,
  ObjectiveError,
  type ObjectiveForm,
  type ObjectiveValue,
  type ResponseLogProbs,
  type StepMetrics,
} from "./objective.ts";
export { type SftOptions, sft } from "./sft.ts";
