export { type EncodedGraph, encode } from "./onnx.ts";
export { attend } from "./operators/attend.ts";
export { type CacheInputs, cacheDim, cachedAttention } from "./operators/cached-attention.ts";
export {
  add,
  affine,
  divide,
  erf,
  exp,
  fastGelu,
  gelu,
  log,
  masked,
  multiply,
  positive,
  scale,
  sigmoid,
  silu,
  subtract,
  tanh,
} from "./operators/elementwise.ts";
export { lookup } from "./operators/embedding.ts";
export { expandLike, flatten, permuteRows, reshape, transpose, unflatten } from "./operators/layout.ts";
export { gemm, matmul } from "./operators/linear.ts";
export { layerNorm, rmsNorm, softmax } from "./operators/normalization.ts";
export { meanLast, sum } from "./operators/reduction.ts";
export { rotary } from "./operators/rotary.ts";
export {
  differentiableLogProbs,
  type HeadBlocks,
  targetLogProbs,
  targetSlopes,
} from "./operators/target-log-probs.ts";
export { weightedLogProbs } from "./operators/weighted-log-probs.ts";
export type { Parameter, Values } from "./parameter.ts";
export { differentiate, type Seed } from "./reverse.ts";
export type { Dimension, Shape } from "./shape.ts";
export { constant, type ElementType, input, stored, type Tensor } from "./tensor.ts";
