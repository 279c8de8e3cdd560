import { MICROSOFT } from "../emitter.ts";
import { formatShape, TensorError } from "../shape.ts";
import { apply, type Operator, type Tensor } from "../tensor.ts";

/** `inverse` turns back: the transposed rotation, hence the derivative. */
const rotaryOperator: Operator<{ inverse: boolean }> = {
  name: "rotary",
  shape([x, , cos]) {
    const width = x!.shape[3];
    const half = cos!.shape[1];
    if (x!.shape.length !== 4 || typeof width !== "number" || typeof half !== "number" || 2 * half > width) {
      throw new TensorError(
        `rotary: ${formatShape(cos!.shape)} does not turn rows of ${formatShape(x!.shape)}`,
      );
    }
    return [x!];
  },
  emit(onnx, [x, positions, cos, sin], outputs, { inverse }, { inputs }) {
    const [, heads, , width] = inputs[0]!.shape as readonly number[];
    const turned = 2 * (inputs[2]!.shape[1] as number);
    const partial = { rotary_embedding_dim: { int: turned }, num_heads: { int: heads! } };
    onnx.node(
      "RotaryEmbedding",
      [x!, positions!, cos!, inverse ? onnx.node("Neg", [sin!]) : sin!],
      outputs,
      turned === width ? {} : partial,
      MICROSOFT,
    );
  },
  derivative: ({ inputs: [, positions, cos, sin], gradients: [gradient], attributes }) => [
    apply(rotaryOperator, [gradient!, positions!, cos!, sin!], { inverse: !attributes.inverse })[0]!,
    null,
    null,
    null,
  ],
};

/**
 * Rotary positions (Su et al. 2021), half-split layout as in GPT-NeoX: of each head the first `2 · half` numbers turn.
 *
 * @param x [rows, heads, length, headDim]
 * @param positions [rows, length], int64
 * @param cos,sin [positions, half], at least `length` positions
 */
export const rotary = (x: Tensor, positions: Tensor, cos: Tensor, sin: Tensor): Tensor =>
  apply(rotaryOperator, [x, positions, cos, sin], { inverse: false })[0]!;
