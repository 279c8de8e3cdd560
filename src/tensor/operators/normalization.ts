import { formatShape, TensorError } from "../shape.ts";
import { apply, type Operator, type Tensor } from "../tensor.ts";
import { add, multiply, subtract } from "./elementwise.ts";
import { meanLast, sum } from "./reduction.ts";

/** outputs: the normalised value, and per row its mean and inverse deviation, which the derivative reads. */
const layerNormOperator: Operator<{ epsilon: number }> = {
  name: "layerNorm",
  shape([x, gain, bias]) {
    const width = x!.shape.at(-1)!;
    for (const [name, given] of [["gain", gain!] as const, ["bias", bias!] as const]) {
      if (given.shape.length !== 1 || given.shape[0] !== width) {
        throw new TensorError(
          `layerNorm: ${name} is ${formatShape(given.shape)}, rows have ${width} numbers`,
        );
      }
    }
    const perRow = { type: x!.type, shape: [...x!.shape.slice(0, -1), 1] };
    return [{ type: x!.type, shape: x!.shape }, perRow, perRow];
  },
  emit: (onnx, inputs, outputs, { epsilon }) =>
    void onnx.node("LayerNormalization", inputs, outputs, { axis: { int: -1 }, epsilon: { float: epsilon } }),
  // Ba et al. 2016: with x̂ = (x − μ)/σ and g = dy · gain, dx = (g − mean(g) − x̂ · mean(g · x̂)) / σ.
  derivative({
    inputs: [x, gain, bias],
    outputs: [, mean, inverse],
    gradients: [gradient, ofMean, ofInverse],
  }) {
    if (ofMean || ofInverse) throw new TensorError("layerNorm: its mean and deviation have no derivative");
    const normal = multiply(subtract(x!, mean!), inverse!);
    const g = multiply(gradient!, gain!);
    const shared = add(multiply(normal, meanLast(multiply(g, normal))), meanLast(g));
    const leading = x!.shape.slice(0, -1).map((_, axis) => axis);
    return [
      multiply(subtract(g, shared), inverse!),
      sum(multiply(gradient!, normal), leading),
      bias ? sum(gradient!, leading) : null,
    ];
  },
};

/** Layer normalisation over the last axis. */
export const layerNorm = (x: Tensor, gain: Tensor, bias: Tensor, epsilon: number): Tensor =>
  apply(layerNormOperator, [x, gain, bias], { epsilon })[0]!;

/** outputs: the normalised value, and per row its inverse root mean square, which the derivative reads. */
const rmsNormOperator: Operator<{ epsilon: number }> = {
  name: "rmsNorm",
  shape([x, gain]) {
    const width = x!.shape.at(-1)!;
    if (gain!.shape.length !== 1 || gain!.shape[0] !== width) {
      throw new TensorError(`rmsNorm: gain is ${formatShape(gain!.shape)}, rows have ${width} numbers`);
    }
    return [
      { type: x!.type, shape: x!.shape },
      { type: x!.type, shape: [...x!.shape.slice(0, -1), 1] },
    ];
  },
  // onnxruntime's own, though in the standard domain.
  emit: (onnx, inputs, outputs, { epsilon }) =>
    void onnx.node("SimplifiedLayerNormalization", inputs, outputs, {
      axis: { int: -1 },
      epsilon: { float: epsilon },
    }),
  // Zhang & Sennrich 2019: with x̂ = x/rms and g = dy · gain, dx = (g − x̂ · mean(g · x̂)) / rms.
  derivative({ inputs: [x, gain], outputs: [, inverse], gradients: [gradient, ofInverse] }) {
    if (ofInverse) throw new TensorError("rmsNorm: its root mean square has no derivative");
    const normal = multiply(x!, inverse!);
    const g = multiply(gradient!, gain!);
    const leading = x!.shape.slice(0, -1).map((_, axis) => axis);
    return [
      multiply(subtract(g, multiply(normal, meanLast(multiply(g, normal)))), inverse!),
      sum(multiply(gradient!, normal), leading),
    ];
  },
};

/** Division by the root mean square over the last axis, times `gain`. */
export const rmsNorm = (x: Tensor, gain: Tensor, epsilon: number): Tensor =>
  apply(rmsNormOperator, [x, gain], { epsilon })[0]!;

const softmaxOperator: Operator<null> = {
  name: "softmax",
  shape: ([x]) => [x!],
  emit: (onnx, inputs, outputs) => void onnx.node("Softmax", inputs, outputs, { axis: { int: -1 } }),
  derivative({ outputs: [y], gradients: [gradient] }) {
    const along = sum(multiply(gradient!, y!), [-1], true);
    return [multiply(subtract(gradient!, along), y!)];
  },
};

/** Softmax over the last axis. */
export const softmax = (x: Tensor): Tensor => apply(softmaxOperator, [x], null)[0]!;
