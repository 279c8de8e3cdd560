/** Judges of what a model says: multiple choice, and responses beside others. */
export {
  type Compared,
  type ComparedResponses,
  type CompareOptions,
  compareResponses,
  type KeptVerdict,
} from "./compare.ts";
export { type EndpointOptions, endpointJudge, judgingTokens } from "./endpoint-judge.ts";
export { JudgingError } from "./error.ts";
export type { Judge, JudgedPair, Verdict } from "./judge.ts";
export { type MmluOptions, type MmluResult, mmlu } from "./mmlu.ts";
export { type JudgedQuestion, ruleJudge } from "./rule-judge.ts";
