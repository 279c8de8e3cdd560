import { Emitter, valueInfo } from "../emitter.ts";
import { formatShape, TensorError } from "../shape.ts";
import { apply, type Operator, type Tensor } from "../tensor.ts";
import { multiply } from "./elementwise.ts";
import { reshape } from "./layout.ts";

/**
 * The vocabulary cut into blocks, [blocks, 1] each, int32: the output head takes one block at a time, so that no
 * [targets, vocabulary] tensor exists. How many blocks there are is up to each run.
 */
export interface VocabularyBlocks {
  readonly starts: Tensor;
  readonly ends: Tensor;
}

export function checkHeadShapes(hidden: Tensor, head: Tensor, labels: Tensor, operator: string): void {
  const [chunks, chunk, width] = hidden.shape;
  if (hidden.shape.length !== 3 || head.shape.length !== 2 || head.shape[1] !== width) {
    const shapes = `hidden ${formatShape(hidden.shape)} does not fit the head ${formatShape(head.shape)}`;
    throw new TensorError(`${operator}: ${shapes}`);
  }
  if (labels.shape[0] !== chunks || labels.shape[1] !== chunk) {
    throw new TensorError(`${operator}: labels are ${formatShape(labels.shape)}, not [${chunks}, ${chunk}]`);
  }
}

/**
 * log p = logit of the label − log Σ exp(logits), with the sum taken block by block (Milakov & Gimelshein 2018).
 * With slopes also ∂log p/∂hidden = W[label] − Σ p W, whose sum is taken in the same pass: forward and backward share
 * each block's logits, as flash attention does with its scores.
 */
const operator: Operator<{ readonly slopes: boolean }> = {
  name: "targetLogProbs",
  shape([hidden, head, labels], { slopes }) {
    checkHeadShapes(hidden!, head!, labels!, "targetLogProbs");
    const logProbs = { type: hidden!.type, shape: labels!.shape };
    return slopes ? [logProbs, { type: hidden!.type, shape: hidden!.shape }] : [logProbs];
  },
  emit(onnx, [hidden, head, labels, starts, ends], outputs, { slopes }, { inputs }) {
    const width = inputs[0]!.shape[2] as number;
    const columns = onnx.sizes([1]);
    const h = onnx.node("Reshape", [hidden!, onnx.sizes([-1, width])]); // [targets, width]
    const label = onnx.node("Reshape", [labels!, onnx.sizes([-1])]);
    const labelRows = onnx.node("Gather", [head!, label], undefined, { axis: { int: 0 } });
    const ofLabel = onnx.node("ReduceSum", [onnx.node("Mul", [h, labelRows]), columns]); // [targets, 1]
    const perTarget = onnx.node("Concat", [onnx.node("Shape", [label]), columns], undefined, {
      axis: { int: 0 },
    });
    const state = [onnx.node("Expand", [onnx.scalar(-1e30), perTarget])];
    if (slopes) state.push(onnx.node("Expand", [onnx.scalar(0), onnx.node("Shape", [h])]));
    const sums = slopes ? [onnx.name("logSum"), onnx.name("expected")] : [onnx.name("logSum")];
    const body = blockBody(`${outputs[0]}_block_`, h, head!, width, slopes);
    onnx.node("Scan", [...state, starts!, ends!], sums, {
      body: { graph: body },
      num_scan_inputs: { int: 2 },
    });
    const logProbs = onnx.node("Sub", [ofLabel, sums[0]!]);
    onnx.node("Reshape", [logProbs, onnx.node("Shape", [labels!])], [outputs[0]!]);
    if (slopes) {
      const slope = onnx.node("Sub", [labelRows, sums[1]!]);
      onnx.node("Reshape", [slope, onnx.node("Shape", [hidden!])], [outputs[1]!]);
    }
  },
  derivative({ inputs, outputs: [, slopes], gradients: [gradient, ofSlopes], attributes }) {
    if (!attributes.slopes || ofSlopes) {
      throw new TensorError("targetLogProbs: only the log-probabilities made with slopes have a derivative");
    }
    const column = reshape(gradient!, [...gradient!.shape, 1]);
    return inputs.map((_, i) => (i === 0 ? multiply(slopes!, column) : null));
  },
};

/** One block of the vocabulary: adds to log Σ exp(logits) [targets, 1], and to Σ p W [targets, width]. */
function blockBody(prefix: string, hidden: string, head: string, width: number, slopes: boolean) {
  const body = new Emitter(prefix);
  const before = body.name("logSum");
  const expected = body.name("expected");
  const start = body.name("start");
  const end = body.name("end");
  const columns = body.sizes([1]);
  const block = body.node("Slice", [head, start, end, body.constant(Int32Array.of(0), [1])]); // [block, width]
  const logits = body.node("Gemm", [hidden, block], undefined, { transB: { int: 1 } }); // [targets, block]
  const p = body.node("Softmax", [logits], undefined, { axis: { int: -1 } }); // as if this block were all
  // Its log Σ exp: max − log(max p), exact, since the largest probability is at least 1/block.
  const certain = body.node("Log", [body.node("ReduceMax", [p, columns])]);
  const own = body.node("Sub", [body.node("ReduceMax", [logits, columns]), certain]);
  const larger = body.node("Max", [before, own]);
  const share = (of: string, total: string) => body.node("Exp", [body.node("Sub", [of, total])]);
  const both = body.node("Add", [share(before, larger), share(own, larger)]);
  const after = body.node("Add", [larger, body.node("Log", [both])]);
  const states = [valueInfo(before, "float32", ["targets", 1])];
  const results = [valueInfo(after, "float32", ["targets", 1])];
  if (slopes) {
    const here = body.node("Mul", [body.node("Gemm", [p, block]), share(own, after)]);
    const sum = body.node("Add", [body.node("Mul", [expected, share(before, after)]), here]);
    states.push(valueInfo(expected, "float32", ["targets", width]));
    results.push(valueInfo(sum, "float32", ["targets", width]));
  }
  return body.graph(
    "block",
    [...states, valueInfo(start, "int32", [1]), valueInfo(end, "int32", [1])],
    results,
  );
}

/**
 * Log-probabilities [chunks, chunk] of the labels; nothing to differentiate.
 *
 * @param hidden [chunks, chunk, width]
 * @param head [vocabulary, width]
 * @param labels [chunks, chunk], int32
 */
export function targetLogProbs(
  hidden: Tensor,
  head: Tensor,
  labels: Tensor,
  blocks: VocabularyBlocks,
): Tensor {
  return apply(operator, [hidden, head, labels, blocks.starts, blocks.ends], { slopes: false })[0]!;
}

/** As {@link targetLogProbs}, with the derivative with respect to `hidden` (not to the head) made on the way. */
export function differentiableLogProbs(
  hidden: Tensor,
  head: Tensor,
  labels: Tensor,
  blocks: VocabularyBlocks,
): Tensor {
  return apply(operator, [hidden, head, labels, blocks.starts, blocks.ends], { slopes: true })[0]!;
}

/**
 * Log-probabilities, and ∂(log-probability)/∂hidden [chunks, chunk, width] as a value: for plans that learn the loss'
 * derivatives only between their graphs.
 */
export function targetSlopes(
  hidden: Tensor,
  head: Tensor,
  labels: Tensor,
  blocks: VocabularyBlocks,
): { readonly logProbs: Tensor; readonly slopes: Tensor } {
  const inputs = [hidden, head, labels, blocks.starts, blocks.ends];
  const [logProbs, slopes] = apply(operator, inputs, { slopes: true });
  return { logProbs: logProbs!, slopes: slopes! };
}
