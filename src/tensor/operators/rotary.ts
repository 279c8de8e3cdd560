import { MICROSOFT } from "../emitter.ts";
import { formatShape, multipleOf, TensorError } from "../shape.ts";
import { apply, type Operator, type Tensor } from "../tensor.ts";

/** `inverse` turns back: the transposed rotation, hence the derivative. */
const rotaryOperator: Operator<{ inverse: boolean }> = {
  name: "rotary",
  shape([x, positions, cos]) {
    const [, , stacked, width] = x!.shape;
    const half = cos!.shape[1];
    const fits = x!.shape.length === 4 && Number.isInteger(multipleOf(stacked!, positions!.shape[1]!));
    if (!fits || typeof width !== "number" || typeof half !== "number" || 2 * half > width) {
      throw new TensorError(
        `rotary: ${formatShape(cos!.shape)} does not turn rows of ${formatShape(x!.shape)}`,
      );
    }
    return [x!];
  },
  emit(onnx, [x, positions, cos, sin], outputs, { inverse }, { inputs }) {
    const [heads, , stacked, width] = inputs[0]!.shape;
    const group = multipleOf(stacked!, inputs[1]!.shape[1]!);
    const turned = 2 * (inputs[2]!.shape[1] as number);
    const partial = { rotary_embedding_dim: { int: turned }, num_heads: { int: group } };
    // onnxruntime takes [batch, heads, length, headDim]: here each row of each head is one of the batch.
    const length = onnx.node("Shape", [positions!], undefined, { start: { int: 1 } });
    const sizes = [onnx.sizes([-1, group]), length, onnx.sizes([width as number])];
    const each = onnx.node("Reshape", [x!, onnx.node("Concat", sizes, undefined, { axis: { int: 0 } })]);
    const places = onnx.node("Tile", [positions!, onnx.sizes([heads as number, 1])]);
    const around = inverse ? onnx.node("Neg", [sin!]) : sin!;
    const attributes = turned === width ? {} : partial;
    const y = onnx.node("RotaryEmbedding", [each, places, cos!, around], undefined, attributes, MICROSOFT);
    onnx.node("Reshape", [y, onnx.node("Shape", [x!])], outputs);
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
 * @param x [heads, rows, group · length, headDim]: `group` texts below one another have the same positions
 * @param positions [rows, length], int64
 * @param cos,sin [positions, half], at least `length` positions
 */
export const rotary = (x: Tensor, positions: Tensor, cos: Tensor, sin: Tensor): Tensor =>
  apply(rotaryOperator, [x, positions, cos, sin], { inverse: false })[0]!;
