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
export { choicesFile, compactRun } from "./compact.ts";
export { PaperError } from "./error.ts";
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
export { gridDirectory, type ShippedRun, shippedNames, shippedRuns } from "./shipped.ts";
