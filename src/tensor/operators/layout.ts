import { formatShape, reshapeTarget, resolveAxis, type Shape, TensorError } from "../shape.ts";
import { apply, type Operator, type Tensor } from "../tensor.ts";
import { scale, sumTo } from "./elementwise.ts";

const reshapeOperator: Operator<Shape> = {
  name: "reshape",
  shape([x], to) {
    reshapeTarget(x!.shape, to);
    return [{ type: x!.type, shape: to }];
  },
  emit: (onnx, [x], outputs, to, { inputs }) =>
    void onnx.node("Reshape", [x!, onnx.sizes(reshapeTarget(inputs[0]!.shape, to))], outputs),
  derivative: ({ inputs: [x], gradients: [gradient] }) => [reshape(gradient!, x!.shape)],
};

/** Same numbers, another shape; at most one symbol may move. */
export const reshape = (x: Tensor, to: Shape): Tensor => apply(reshapeOperator, [x], to)[0]!;

const flattenOperator: Operator<null> = {
  name: "flatten",
  shape: ([x]) => [{ type: x!.type, shape: [x!.shape.slice(0, 2).join("·"), ...x!.shape.slice(2)] }],
  emit: (onnx, [x], outputs, _, { inputs }) =>
    void onnx.node("Reshape", [x!, onnx.sizes([-1, ...(inputs[0]!.shape.slice(2) as number[])])], outputs),
  derivative: ({ inputs: [x], gradients: [gradient] }) => [unflatten(gradient!, x!)],
};

/** `x` [a, b, width] as [a·b, width]. */
export const flatten = (x: Tensor): Tensor => apply(flattenOperator, [x], null)[0]!;

const unflattenOperator: Operator<null> = {
  name: "unflatten",
  shape([x, like]) {
    const [rows, ...row] = x!.shape;
    const [a, b] = like!.shape;
    if (rows !== `${a}·${b}`) {
      throw new TensorError(
        `unflatten: ${formatShape(x!.shape)} does not stand for ${formatShape(like!.shape)}`,
      );
    }
    return [{ type: x!.type, shape: [a!, b!, ...row] }];
  },
  emit(onnx, [x, like], outputs, _, { inputs }) {
    const leading = onnx.node("Shape", [like!], undefined, { start: { int: 0 }, end: { int: 2 } });
    const row = onnx.sizes(inputs[0]!.shape.slice(1) as number[]);
    onnx.node("Reshape", [x!, onnx.node("Concat", [leading, row], undefined, { axis: { int: 0 } })], outputs);
  },
  derivative: ({ gradients: [gradient] }) => [flatten(gradient!), null],
};

/** `x` [a·b, width], whose rows stand for the elements of `like` [a, b, …], as [a, b, width]. */
export const unflatten = (x: Tensor, like: Tensor): Tensor => apply(unflattenOperator, [x, like], null)[0]!;

const transposeOperator: Operator<readonly number[]> = {
  name: "transpose",
  shape([x], order) {
    if ([...order].sort((a, b) => a - b).some((axis, i) => axis !== i) || order.length !== x!.shape.length) {
      throw new TensorError(`transpose: [${order}] is no order of the axes of ${formatShape(x!.shape)}`);
    }
    return [{ type: x!.type, shape: order.map((axis) => x!.shape[axis]!) }];
  },
  emit: (onnx, inputs, outputs, order) =>
    void onnx.node("Transpose", inputs, outputs, { perm: { ints: order } }),
  derivative: ({ gradients: [gradient], attributes: order }) => [
    transpose(
      gradient!,
      order.map((_, axis) => order.indexOf(axis)),
    ),
  ],
};

/** Axis `i` of the result is axis `order[i]` of `x`. */
export const transpose = (x: Tensor, order: readonly number[]): Tensor =>
  apply(transposeOperator, [x], order)[0]!;

const expandOperator: Operator<readonly number[]> = {
  name: "expandLike",
  shape: ([x, like]) => [{ type: x!.type, shape: like!.shape }],
  emit(onnx, [x, like], outputs, axes) {
    const kept = axes.length ? onnx.node("Unsqueeze", [x!, onnx.sizes(axes)]) : x!;
    onnx.node("Expand", [kept, onnx.node("Shape", [like!])], outputs);
  },
  derivative: ({ inputs: [x], gradients: [gradient], attributes: axes }) => {
    const kept: (number | string)[] = [...x!.shape];
    for (const axis of [...axes].sort((a, b) => a - b)) kept.splice(axis, 0, 1);
    const summed = sumTo(gradient!, kept);
    return [axes.length ? reshape(summed, x!.shape) : summed, null];
  },
};

/** Repeats `x` to the shape of `like`, after putting in `axes` of size 1. */
export const expandLike = (x: Tensor, like: Tensor, axes: readonly number[]): Tensor =>
  apply(
    expandOperator,
    [x, like],
    axes.map((axis) => resolveAxis(axis, like.shape.length, "expandLike")),
  )[0]!;

interface Permutation {
  readonly sources: number;
  readonly width: number;
}

/**
 * inputs: `sources` values, then one index per output, then one inverse per source. Every value counts as rows of
 * `width` numbers; those of all sources are numbered through, and so are those of all outputs.
 */
const permuteOperator: Operator<Permutation> = {
  name: "permuteRows",
  shape: (inputs, { sources, width }) =>
    inputs
      .slice(sources, inputs.length - sources)
      .map((index) => ({ type: inputs[0]!.type, shape: [...index.shape, width] })),
  emit(onnx, inputs, outputs, { sources, width }) {
    const flat = inputs.slice(0, sources).map((x) => onnx.node("Reshape", [x, onnx.sizes([-1, width])]));
    const rows = flat.length > 1 ? onnx.node("Concat", flat, undefined, { axis: { int: 0 } }) : flat[0]!;
    for (const [i, output] of outputs.entries()) {
      onnx.node("Gather", [rows, inputs[sources + i]!], [output], { axis: { int: 0 } });
    }
  },
  derivative({ inputs, outputs, gradients, attributes: { sources, width } }) {
    const indices = inputs.slice(sources, inputs.length - sources);
    const inverses = inputs.slice(inputs.length - sources);
    const arrived = gradients.map((gradient, i) => gradient ?? scale(outputs[i]!, 0));
    const back = permuteRows(arrived, inverses, indices, width);
    return inputs.map((x, i) => (i < sources ? reshape(back[i]!, x.shape) : null));
  },
};

/**
 * Gathers rows of `width` numbers, one to one: `output_i[…] = row indices_i[…]` of all sources in turn. `inverses`
 * say, for each row of each source, which row of all outputs in turn came from it: the derivative is the gather back.
 * Rows that an inverse does not name (padding of a grid) must not act on the loss, or must have a zero gradient.
 */
export function permuteRows(
  sources: readonly Tensor[],
  indices: readonly Tensor[],
  inverses: readonly Tensor[],
  width: number,
): readonly Tensor[] {
  if (sources.length !== inverses.length) {
    throw new TensorError(`permuteRows: ${sources.length} sources with ${inverses.length} inverses`);
  }
  return apply(permuteOperator, [...sources, ...indices, ...inverses], { sources: sources.length, width });
}
