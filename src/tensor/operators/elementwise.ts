import { type Emitter, MICROSOFT } from "../emitter.ts";
import { broadcastShape, formatShape, type Shape, sameShape, TensorError } from "../shape.ts";
import { apply, type Operator, scalar, type Tensor } from "../tensor.ts";
import { reshape } from "./layout.ts";
import { sum } from "./reduction.ts";

/** Adds up the axes along which a value of `shape` was repeated: the derivative of broadcasting. */
export function sumTo(gradient: Tensor, shape: Shape): Tensor {
  if (sameShape(gradient.shape, shape)) return gradient;
  const extra = gradient.shape.length - shape.length;
  const axes = gradient.shape.flatMap((size, axis) =>
    axis < extra || (shape[axis - extra] === 1 && size !== 1) ? [axis] : [],
  );
  const summed = sum(gradient, axes, true);
  return sameShape(summed.shape, shape) ? summed : reshape(summed, shape);
}

/** ONNX's number of the type float32. */
const FLOAT = 1;

type Derivative = (a: Tensor, b: Tensor, gradient: Tensor, output: Tensor) => readonly [Tensor, Tensor];

/** An elementwise operator of two broadcast inputs. */
function binary(name: string, onnx: string, derivative: Derivative): Operator<null> {
  return {
    name,
    shape([a, b]) {
      if (a!.type !== b!.type) throw new TensorError(`${name}: ${a!.type} and ${b!.type} do not mix`);
      return [{ type: a!.type, shape: broadcastShape(a!.shape, b!.shape, name) }];
    },
    emit: (emitter, inputs, outputs) => void emitter.node(onnx, inputs, outputs),
    derivative({ inputs: [a, b], outputs: [output], gradients: [gradient] }) {
      const [left, right] = derivative(a!, b!, gradient!, output!);
      return [sumTo(left, a!.shape), sumTo(right, b!.shape)];
    },
  };
}

const operators = {
  add: binary("add", "Add", (_a, _b, g) => [g, g]),
  subtract: binary("subtract", "Sub", (_a, _b, g) => [g, scale(g, -1)]),
  multiply: binary("multiply", "Mul", (a, b, g) => [multiply(g, b), multiply(g, a)]),
  divide: binary("divide", "Div", (_a, b, g, y) => [divide(g, b), scale(divide(multiply(g, y), b), -1)]),
};

export const add = (a: Tensor, b: Tensor): Tensor => apply(operators.add, [a, b], null)[0]!;
export const subtract = (a: Tensor, b: Tensor): Tensor => apply(operators.subtract, [a, b], null)[0]!;
export const multiply = (a: Tensor, b: Tensor): Tensor => apply(operators.multiply, [a, b], null)[0]!;
export const divide = (a: Tensor, b: Tensor): Tensor => apply(operators.divide, [a, b], null)[0]!;

/** `factor · x + offset`, with fixed numbers. */
const affineOperator: Operator<{ factor: number; offset: number }> = {
  name: "affine",
  shape: ([x]) => [x!],
  emit(onnx, [x], outputs, { factor, offset }) {
    const scaled =
      factor === 1 ? x! : onnx.node("Mul", [x!, onnx.scalar(factor)], offset ? undefined : outputs);
    if (offset || factor === 1) onnx.node("Add", [scaled, onnx.scalar(offset)], outputs);
  },
  derivative: ({ gradients: [gradient], attributes }) => [scale(gradient!, attributes.factor)],
};

export const affine = (x: Tensor, factor: number, offset: number): Tensor =>
  apply(affineOperator, [x], { factor, offset })[0]!;

/** `factor · x`. */
export const scale = (x: Tensor, factor: number): Tensor => (factor === 1 ? x : affine(x, factor, 0));

const maskedOperator: Operator<null> = {
  name: "masked",
  shape([x, keep]) {
    if (keep!.type !== "bool" || !sameShape(x!.shape, keep!.shape)) {
      throw new TensorError(
        `masked: keep is ${keep!.type} ${formatShape(keep!.shape)}; expected bool ${formatShape(x!.shape)}`,
      );
    }
    return [x!];
  },
  emit: (onnx, [x, keep], outputs) => void onnx.node("Where", [keep!, x!, onnx.scalar(0)], outputs),
  derivative: ({ inputs: [, keep], gradients: [gradient] }) => [masked(gradient!, keep!), null],
};

/** `x` where `keep` is true, 0 elsewhere; both have one shape. */
export const masked = (x: Tensor, keep: Tensor): Tensor => apply(maskedOperator, [x, keep], null)[0]!;

/** An elementwise operator of one input; the derivative is given as a factor of the incoming gradient. */
function unary(
  name: string,
  emit: (onnx: Emitter, x: string, outputs: readonly string[]) => void,
  factor: (x: Tensor, y: Tensor) => Tensor,
): (x: Tensor) => Tensor {
  const operator: Operator<null> = {
    name,
    shape: ([x]) => [x!],
    emit: (onnx, [x], outputs) => emit(onnx, x!, outputs),
    derivative: ({ inputs: [x], outputs: [y], gradients: [gradient] }) => [
      multiply(gradient!, factor(x!, y!)),
    ],
  };
  return (x) => apply(operator, [x], null)[0]!;
}

const plain =
  (operator: string, domain = "") =>
  (onnx: Emitter, x: string, outputs: readonly string[]) =>
    void onnx.node(operator, [x], outputs, {}, domain);

export const exp = unary("exp", plain("Exp"), (_x, y) => y);
export const log = unary("log", plain("Log"), (x) => divide(scalar(1), x));
export const tanh = unary("tanh", plain("Tanh"), (_x, y) => affine(multiply(y, y), -1, 1));
export const sigmoid = unary("sigmoid", plain("Sigmoid"), (_x, y) => multiply(y, affine(y, -1, 1)));
/** 1 where x > 0, 0 elsewhere; its derivative is 0. */
export const positive = unary(
  "positive",
  (onnx, x, outputs) =>
    void onnx.node("Cast", [onnx.node("Greater", [x, onnx.scalar(0)])], outputs, { to: { int: FLOAT } }),
  () => scalar(0),
);
export const erf = unary("erf", plain("Erf"), (x) =>
  scale(exp(scale(multiply(x, x), -1)), 2 / Math.sqrt(Math.PI)),
);

/** Exact GELU, x Φ(x) (Hendrycks & Gimpel 2016); derivative Φ(x) + x φ(x). */
export const gelu = unary("gelu", plain("Gelu", "com.microsoft"), (x) => {
  const cumulative = affine(erf(scale(x, Math.SQRT1_2)), 0.5, 0.5);
  const density = scale(exp(scale(multiply(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return add(cumulative, multiply(x, density));
});

const TANH_FACTOR = Math.sqrt(2 / Math.PI);
const TANH_CUBIC = 0.044715;

/** GELU's tanh approximation, `gelu_new` and `gelu_pytorch_tanh` in Hugging Face's configurations. */
export const fastGelu = unary("fastGelu", plain("FastGelu", "com.microsoft"), (x) => {
  const square = multiply(x, x);
  const t = tanh(multiply(x, affine(square, TANH_FACTOR * TANH_CUBIC, TANH_FACTOR)));
  const inner = affine(square, 3 * TANH_FACTOR * TANH_CUBIC, TANH_FACTOR);
  const slope = scale(multiply(multiply(x, affine(multiply(t, t), -1, 1)), inner), 0.5);
  return add(affine(t, 0.5, 0.5), slope);
});

/** SiLU, x σ(x) (Elfwing et al. 2017), as onnxruntime's QuickGelu x σ(αx) with α = 1; derivative σ(x) + y (1 − σ(x)). */
export const silu = unary(
  "silu",
  (onnx, x, outputs) => void onnx.node("QuickGelu", [x], outputs, { alpha: { float: 1 } }, MICROSOFT),
  (x, y) => {
    const s = sigmoid(x);
    return add(s, multiply(y, affine(s, -1, 1)));
  },
);
