/** The paper's experiments: what the shipped grid has, and its settings at each scale. */
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
export { gridDirectory, type ShippedRun, shippedNames, shippedRuns } from "./shipped.ts";
