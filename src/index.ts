/**
 * The public API of `alright-ts`: what scripts, cells and magics call.
 */

export {
  DataError,
  type DataSetDescription,
  type Lengths,
  resolveData,
  type SampleRow,
} from "./data/index.ts";
export { Random, type RandomState } from "./data/random.ts";
export * from "./evaluation/index.ts";
export { ExecutorError } from "./executors/error.ts";
export type * from "./executors/executor.ts";
export { type LocalOptions, localExecutor } from "./executors/local.ts";
export { type RayOptions, rayExecutor } from "./executors/ray.ts";
export { type SlurmOptions, slurmExecutor } from "./executors/slurm.ts";
export * from "./figures/paper/index.ts";
export {
  type Continuation,
  type ContinuationScore,
  type GenerateOptions,
  type Generation,
  GenerationError,
  generate,
  loadTextModel,
  type PolicySource,
  type TextModel,
  type TextPiece,
} from "./generation/index.ts";
export { HubError } from "./hub/index.ts";
export * from "./judging/index.ts";
export * from "./methods/method.ts";
export { builtInMethods, findMethod } from "./methods/registry.ts";
export {
  builtInLosses,
  defineObjective,
  log1mExp,
  logSigmoid,
  type ObjectiveDefinition,
  ObjectiveError,
  type PreferenceInput,
  type ResponseInput,
  type RowLoss,
  type SftInput,
  sigmoid,
  softplus,
} from "./objectives/index.ts";
export * from "./paper/index.ts";
export { RunStoreError, SpecificationError } from "./runs/error.ts";
export { readEvents } from "./runs/event-log.ts";
export type * from "./runs/events.ts";
export { type ExportOptions, exportRuns } from "./runs/export.ts";
export { type ListOptions, listRuns, type RunRow, readSnapshot } from "./runs/list.ts";
export { checkOption, optionName, parseOptions } from "./runs/option-values.ts";
export {
  lambda,
  type OptionEntry,
  type OptionTable,
  type OptionValue,
  type OptionValues,
} from "./runs/options.ts";
export { parseSpecification } from "./runs/parse-specification.ts";
export { type Resources, type ResourcesOptions, type ResourceUse, resources } from "./runs/resources.ts";
export { plotMessageSchema, runRecordSchema, specificationSchema, summarySchema } from "./runs/schema.ts";
export type * from "./runs/snapshot.ts";
export { CONTROL_TARGET, PLOT_MIME } from "./runs/snapshot.ts";
export type { Specification, SpecificationInput } from "./runs/specification.ts";
export { dataFrame, type RunsOptions, runs } from "./runs/table.ts";
export {
  type AdapterSource,
  type Form,
  type Interpolated,
  interpolate,
  interpolations,
  type Saved,
  SaveError,
  type SaveOptions,
  type StoredName,
  save,
} from "./saving/index.ts";
export * from "./sweeps/index.ts";
export * as theory from "./theory/index.ts";
export { type DataDescription, type DescribeDataInput, describeData } from "./training/describe-data.ts";
export { TrainingError } from "./training/error.ts";
export { type EvaluateOptions, type Evaluation, evaluate } from "./training/evaluate.ts";
export { adam, sgd } from "./training/optimizer.ts";
export type * from "./training/run.ts";
export type * from "./training/task.ts";
export { contours } from "./training/toy-task.ts";
export { resumeRun, type TrainOptions, train } from "./training/train.ts";
