/** The paper's theory in numbers: closed forms, bounds, and exact simulations of its examples. */
export { type AlternatingOptions, alternatingGap, type Estimate, noiseFloor } from "./alternating.ts";
export { type BoundOptions, correctedBound, printedBound, squaredGradientBounds } from "./bounds.ts";
export { type Counterexample, counterexample, table2 } from "./counterexample.ts";
export {
  dpoGradient,
  dpoHessian,
  dpoLoss,
  type Matrix,
  margin,
  type PreferenceRow,
  sftGradient,
  sftHessian,
  sftLoss,
  smallestEigenvalue,
} from "./curvature.ts";
export { TheoryError } from "./error.ts";
export { DiscMinimax, type DiscProblem } from "./minimax.ts";
export { fitPowerLaw, type PowerLaw } from "./rate.ts";
export { type SequentialPath, sequentialPath } from "./sequential.ts";
