/** The paper's experiments: what the shipped grid has, and its settings at each scale. */
export {
  type Answers,
  answersFile,
  askModel,
  choiceAccuracy,
  type HeldOutQuestion,
  heldOutQuestions,
  type JudgingOptions,
  judgeResponses,
  keepAnswers,
  type Questions,
  shippedAnswers,
} from "./answers.ts";
export { choicesFile, compactRun, readCompact } from "./compact.ts";
export {
  type DataDiversity,
  type DiversityInput,
  dataDiversity,
  type NearestPrompts,
} from "./data-diversity.ts";
export { type DrawnPoint, drawPoints, experimentsOf } from "./draw.ts";
export { PaperError } from "./error.ts";
export { type Download, type Estimate, estimateScale, estimateText } from "./estimate.ts";
export {
  type Experiment,
  experiment,
  experimentNames,
  type GridRun,
  gridRuns,
  gridSeeds,
  stageSteps,
} from "./grid.ts";
export { type GridTable, gridTable } from "./grid-table.ts";
export { type MeasuredStep, measureStep } from "./measure.ts";
export {
  compareRuns,
  type MadeRun,
  type RunComparison,
  rerunTolerance,
  specificationAgain,
} from "./rerun.ts";
export { prepareRows } from "./rows.ts";
export {
  type Rows,
  type Scale,
  type ScaleName,
  type ScaleOptions,
  scale,
  scaleNames,
  scaleRuns,
} from "./scales.ts";
export { gridDirectory, type ShippedRun, shippedNames, shippedRuns, shippedSeeds } from "./shipped.ts";
