import { type Dimension, resolveAxis, type Shape } from "../shape.ts";
import { apply, type Operator, type Tensor } from "../tensor.ts";
import { scale } from "./elementwise.ts";
import { expandLike } from "./layout.ts";

interface Reduction {
  readonly axes: readonly number[];
  readonly keep: boolean;
}

function reducedShape(shape: Shape, { axes, keep }: Reduction): Shape {
  return shape.flatMap((size, axis): Dimension[] => (axes.includes(axis) ? (keep ? [1] : []) : [size]));
}

const sumOperator: Operator<Reduction> = {
  name: "sum",
  shape: ([x], attributes) => [{ type: x!.type, shape: reducedShape(x!.shape, attributes) }],
  emit: (onnx, [x], outputs, { axes, keep }) =>
    void onnx.node("ReduceSum", [x!, onnx.sizes(axes)], outputs, { keepdims: { int: keep ? 1 : 0 } }),
  derivative: ({ inputs: [x], gradients: [gradient], attributes }) => [
    expandLike(gradient!, x!, attributes.keep ? [] : attributes.axes),
  ],
};

const meanOperator: Operator<{ readonly size: number }> = {
  name: "mean",
  shape: ([x]) => [{ type: x!.type, shape: [...x!.shape.slice(0, -1), 1] }],
  emit: (onnx, [x], outputs) =>
    void onnx.node("ReduceMean", [x!, onnx.sizes([-1])], outputs, { keepdims: { int: 1 } }),
  derivative: ({ inputs: [x], gradients: [gradient], attributes }) => [
    scale(expandLike(gradient!, x!, []), 1 / attributes.size),
  ],
};

/** Sum over `axes`, which stay as size 1 with `keep`. */
export function sum(x: Tensor, axes: readonly number[], keep = false): Tensor {
  const resolved = axes.map((axis) => resolveAxis(axis, x.shape.length, "sum"));
  return apply(sumOperator, [x], { axes: resolved, keep })[0]!;
}

/** Mean over the last axis (a fixed size), which stays as size 1. */
export function meanLast(x: Tensor): Tensor {
  const size = x.shape.at(-1);
  if (typeof size !== "number") throw new TypeError("mean: the last axis must have a fixed size");
  return apply(meanOperator, [x], { size })[0]!;
}
