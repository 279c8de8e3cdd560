/** Numbers to compare runs by: pure functions of points in objective space, and of what runs spent. */
export { CLAIMS_MIME, type Claim, type ClaimNumbers, Claims, type SeedClaimNumbers } from "./claims.ts";
export { EvaluationError } from "./error.ts";
export { idealDistance, mixedGap, optimalityGaps } from "./gaps.ts";
export { igd, igdPlus } from "./generational-distance.ts";
export {
  type HypervolumeHistory,
  hypervolume,
  hypervolumeContributions,
  hypervolumeHistory,
  type ObjectivePath,
} from "./hypervolume.ts";
export {
  type Accuracy,
  accuracy,
  LETTERS,
  type MultipleChoice,
  mmluContinuationPrompt,
  mmluPrompt,
} from "./multiple-choice.ts";
export {
  decided,
  type Margin,
  type MeanOverSeeds,
  overSeeds,
  type Standing,
  saidOverSeeds,
} from "./over-seeds.ts";
export { dominates, paretoFront } from "./pareto.ts";
export type { LossPoint, ObjectivePoint } from "./point.ts";
export {
  cosineSimilarity,
  type Neighbour,
  nearestNeighbours,
  type TokenCounts,
  tokenCounts,
} from "./similarity.ts";
export { median, type Spread, spread } from "./statistics.ts";
export { criterionReached, type StoppingRule, stoppingFront } from "./stopping.ts";
export { studentCdf, studentQuantile } from "./student.ts";
export { type Comparison, lengthControlled, type WinRate, winRate } from "./win-rate.ts";
