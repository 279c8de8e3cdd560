import { Emitter, valueInfo } from "../emitter.ts";
import { apply, type Operator, type Tensor } from "../tensor.ts";
import { checkHeadShapes } from "./target-log-probs.ts";

/**
 * Where the head is trained too and each target's factor is known beforehand: a Scan over chunks of targets, which
 * has a chunk's whole probabilities and so adds up both gradients in one pass.
 */
const weightedOperator: Operator<null> = {
  name: "weightedLogProbs",
  shape([hidden, head, labels]) {
    checkHeadShapes(hidden!, head!, labels!, "weightedLogProbs");
    return [
      { type: "float32", shape: labels!.shape },
      { type: "float32", shape: hidden!.shape },
      { type: "float32", shape: head!.shape },
    ];
  },
  emit(onnx, [hidden, head, labels, factors], [logProbs, hiddenGradient, headGradient], _, { inputs }) {
    const body = new Emitter(`${logProbs}_chunk_`);
    const [, chunk, width] = inputs[0]!.shape;
    const headShape = inputs[1]!.shape as readonly number[];
    const [h, label, factor, before] = ["hidden", "labels", "factors", "gradient"].map((name) =>
      body.name(name),
    );
    const columns = body.sizes([1]);
    const logits = body.node("Gemm", [h!, head!], undefined, { transB: { int: 1 } }); // [chunk, vocabulary]
    const p = body.node("Softmax", [logits], undefined, { axis: { int: -1 } });
    const labelColumn = body.node("Unsqueeze", [label!, columns]);
    const ofLabel = body.node("GatherElements", [logits, labelColumn], undefined, { axis: { int: 1 } });
    // log p = logit − max + log(max p), exact where the label's own probability has long underflowed.
    const largest = body.node("ReduceMax", [logits, columns]);
    const certain = body.node("Log", [body.node("ReduceMax", [p, columns])]);
    const value = body.node("Squeeze", [
      body.node("Add", [body.node("Sub", [ofLabel, largest]), certain]),
      columns,
    ]);
    const labelRows = body.node("Gather", [head!, label!], undefined, { axis: { int: 0 } });
    const factorColumn = body.node("Unsqueeze", [factor!, columns]);
    const slope = body.node("Mul", [
      body.node("Sub", [labelRows, body.node("Gemm", [p, head!])]),
      factorColumn,
    ]);
    const after = body.node("Gemm", [p, body.node("Mul", [h!, factorColumn]), before!], undefined, {
      transA: { int: 1 },
      alpha: { float: -1 },
    });
    const graph = body.graph(
      "chunk",
      [
        valueInfo(before!, "float32", headShape),
        valueInfo(h!, "float32", [chunk!, width!]),
        valueInfo(label!, "int32", [chunk!]),
        valueInfo(factor!, "float32", [chunk!]),
      ],
      [
        valueInfo(after, "float32", headShape),
        valueInfo(value, "float32", [chunk!]),
        valueInfo(slope, "float32", [chunk!, width!]),
      ],
    );
    onnx.node(
      "Scan",
      [onnx.node("ConstantOfShape", [onnx.sizes(headShape)]), hidden!, labels!, factors!],
      [headGradient!, logProbs!, hiddenGradient!],
      { body: { graph }, num_scan_inputs: { int: 3 } },
    );
  },
};

/**
 * Forward and backward of Σ factor · log p in one: log-probabilities [chunks, chunk], the gradient with respect to
 * `hidden`, and that with respect to the head without the labels' own part, Σ factor · hidden added to row `label`.
 */
export function weightedLogProbs(
  hidden: Tensor,
  head: Tensor,
  labels: Tensor,
  factors: Tensor,
): { logProbs: Tensor; hiddenGradient: Tensor; headGradient: Tensor } {
  const [logProbs, hiddenGradient, headGradient] = apply(
    weightedOperator,
    [hidden, head, labels, factors],
    null,
  );
  return { logProbs: logProbs!, hiddenGradient: hiddenGradient!, headGradient: headGradient! };
}
