import { MICROSOFT } from "../emitter.ts";
import { formatShape, sameShape, TensorError } from "../shape.ts";
import { apply, type Operator, type Tensor } from "../tensor.ts";
import { sumTo } from "./elementwise.ts";

interface Product {
  readonly transA: boolean;
  readonly transB: boolean;
  readonly alpha: number;
}

function productShape(a: Tensor, b: Tensor, { transA, transB }: Product, operator: string) {
  const [m, k] = transA ? [a.shape.at(-1), a.shape.at(-2)] : [a.shape.at(-2), a.shape.at(-1)];
  const [l, n] = transB ? [b.shape.at(-1), b.shape.at(-2)] : [b.shape.at(-2), b.shape.at(-1)];
  if (k !== l || !sameShape(a.shape.slice(0, -2), b.shape.slice(0, -2))) {
    const marks = `${transA ? "ᵀ" : ""} by ${formatShape(b.shape)}${transB ? "ᵀ" : ""}`;
    throw new TensorError(`${operator}: cannot multiply ${formatShape(a.shape)}${marks}`);
  }
  return [...a.shape.slice(0, -2), m!, n!];
}

/** ∂/∂A and ∂/∂B of alpha · op(A) op(B); a transposed operand's gradient is the transposed product. */
function productDerivative(
  multiply: (a: Tensor, b: Tensor, options: Partial<Product>) => Tensor,
  a: Tensor,
  b: Tensor,
  gradient: Tensor,
  { transA, transB, alpha }: Product,
): [Tensor, Tensor] {
  const left = transA
    ? multiply(b, gradient, { transA: transB, transB: true, alpha })
    : multiply(gradient, b, { transB: !transB, alpha });
  const right = transB
    ? multiply(gradient, a, { transA: true, transB: transA, alpha })
    : multiply(a, gradient, { transA: !transA, alpha });
  return [left, right];
}

const matmulOperator: Operator<Product> = {
  name: "matmul",
  shape: ([a, b], attributes) => [{ type: a!.type, shape: productShape(a!, b!, attributes, "matmul") }],
  emit: (onnx, inputs, outputs, { transA, transB, alpha }) =>
    void onnx.node(
      "FusedMatMul",
      inputs,
      outputs,
      { transA: { int: +transA }, transB: { int: +transB }, alpha: { float: alpha } },
      MICROSOFT,
    ),
  derivative: ({ inputs: [a, b], gradients: [gradient], attributes }) =>
    productDerivative(matmul, a!, b!, gradient!, attributes),
};

/** alpha · op(a) op(b) of the last two axes; the axes before are the same in both. */
export function matmul(a: Tensor, b: Tensor, options: Partial<Product> = {}): Tensor {
  return apply(matmulOperator, [a, b], { transA: false, transB: false, alpha: 1, ...options })[0]!;
}

const gemmOperator: Operator<Product> = {
  name: "gemm",
  shape([a, b], attributes) {
    if (a!.shape.length !== 2 || b!.shape.length !== 2) {
      throw new TensorError(
        `gemm: takes matrices, got ${formatShape(a!.shape)} and ${formatShape(b!.shape)}`,
      );
    }
    return [{ type: a!.type, shape: productShape(a!, b!, attributes, "gemm") }];
  },
  emit: (onnx, inputs, outputs, { transA, transB, alpha }) =>
    void onnx.node("Gemm", inputs, outputs, {
      transA: { int: +transA },
      transB: { int: +transB },
      alpha: { float: alpha },
    }),
  derivative({ inputs: [a, b, c], gradients: [gradient], attributes }) {
    const [left, right] = productDerivative(gemm, a!, b!, gradient!, attributes);
    return c ? [left, right, sumTo(gradient!, c.shape)] : [left, right];
  },
};

/** alpha · op(a) op(b) + plus, for matrices; `plus` broadcasts to the result (a bias, or a sum to go on with). */
export function gemm(a: Tensor, b: Tensor, options: Partial<Product> & { plus?: Tensor } = {}): Tensor {
  const { plus, ...product } = options;
  const attributes = { transA: false, transB: false, alpha: 1, ...product };
  return apply(gemmOperator, plus ? [a, b, plus] : [a, b], attributes)[0]!;
}
