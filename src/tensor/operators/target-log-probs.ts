import { formatShape, TensorError } from "../shape.ts";
import { apply, type Operator, type Tensor } from "../tensor.ts";
import { multiply } from "./elementwise.ts";
import { type HeadPass, LARGEST_SUM, sumRunning, sumShifted, unchanged } from "./head-pass.ts";
import { reshape } from "./layout.ts";

/**
 * The output head's rows [vocabulary, width] once more, cut into blocks of one size and a rest, so that it takes one block
 * at a time and no [targets, vocabulary] tensor exists. How many blocks there are, and of what size, is up to each run:
 * all are views of the head's own numbers.
 */
export interface HeadBlocks {
  /** [blocks, size, width] */
  readonly blocks: Tensor;
  /** [rest, width], not empty */
  readonly rest: Tensor;
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
 * log p = −log Σ exp(logit − the label's logit), with the sum taken block by block: no largest logit is looked for. With
 * slopes also ∂log p/∂hidden = W[label] − Σ p W, whose sum is taken in the same pass: forward and backward share
 * each block's logits, as flash attention does with its scores. Where a label is so unlikely that the sum would
 * overflow, it is taken anew with the largest logit known at each block subtracted (Milakov & Gimelshein 2018).
 */
const operator: Operator<{ readonly slopes: boolean }> = {
  name: "targetLogProbs",
  shape([hidden, head, labels, blocks, rest], { slopes }) {
    checkHeadShapes(hidden!, head!, labels!, "targetLogProbs");
    const width = head!.shape[1];
    if (blocks!.shape.length !== 3 || blocks!.shape[2] !== width || rest!.shape[1] !== width) {
      const shapes = `${formatShape(blocks!.shape)} and ${formatShape(rest!.shape)}`;
      throw new TensorError(
        `targetLogProbs: blocks ${shapes} are not of the head ${formatShape(head!.shape)}`,
      );
    }
    const logProbs = { type: hidden!.type, shape: labels!.shape };
    return slopes ? [logProbs, { type: hidden!.type, shape: hidden!.shape }] : [logProbs];
  },
  emit(onnx, [hidden, head, labels, blocks, rest], outputs, { slopes }, { inputs }) {
    const width = inputs[0]!.shape[2] as number;
    const h = onnx.node("Reshape", [hidden!, onnx.sizes([-1, width])]); // [targets, width]
    const label = onnx.node("Reshape", [labels!, onnx.sizes([-1])]);
    const labelRows = onnx.node("Gather", [head!, label], undefined, { axis: { int: 0 } });
    const ofLabel = onnx.node("ReduceSum", [onnx.node("Mul", [h, labelRows]), onnx.sizes([1])]); // [targets, 1]
    const of: HeadPass = { h, ofLabel, blocks: blocks!, rest: rest!, width, slopes };
    const prefix = outputs[0]!;
    const fast = [onnx.name("logProb"), onnx.name("expected")].slice(0, slopes ? 2 : 1);
    const largest = sumShifted(onnx, of, fast, `${prefix}_block_`);
    const exact = [onnx.name("logProb"), onnx.name("expected")].slice(0, fast.length);
    onnx.node("If", [onnx.node("Less", [largest, onnx.scalar(LARGEST_SUM)])], exact, {
      then_branch: { graph: unchanged(`${prefix}_then_`, fast, width) },
      else_branch: { graph: sumRunning(`${prefix}_else_`, of) },
    });
    onnx.node("Reshape", [exact[0]!, onnx.node("Shape", [labels!])], [outputs[0]!]);
    if (slopes) {
      const slope = onnx.node("Sub", [labelRows, exact[1]!]);
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

/**
 * Log-probabilities [chunks, chunk] of the labels; nothing to differentiate.
 *
 * @param hidden [chunks, chunk, width]
 * @param head [vocabulary, width]
 * @param labels [chunks, chunk], int32
 */
export function targetLogProbs(hidden: Tensor, head: Tensor, labels: Tensor, blocks: HeadBlocks): Tensor {
  return apply(operator, [hidden, head, labels, blocks.blocks, blocks.rest], { slopes: false })[0]!;
}

/** As {@link targetLogProbs}, with the derivative with respect to `hidden` (not to the head) made on the way. */
export function differentiableLogProbs(
  hidden: Tensor,
  head: Tensor,
  labels: Tensor,
  blocks: HeadBlocks,
): Tensor {
  return apply(operator, [hidden, head, labels, blocks.blocks, blocks.rest], { slopes: true })[0]!;
}

/**
 * Log-probabilities, and ∂(log-probability)/∂hidden [chunks, chunk, width] as a value: for plans that learn the loss'
 * derivatives only between their graphs.
 */
export function targetSlopes(
  hidden: Tensor,
  head: Tensor,
  labels: Tensor,
  blocks: HeadBlocks,
): { readonly logProbs: Tensor; readonly slopes: Tensor } {
  const inputs = [hidden, head, labels, blocks.blocks, blocks.rest];
  const [logProbs, slopes] = apply(operator, inputs, { slopes: true });
  return { logProbs: logProbs!, slopes: slopes! };
}
