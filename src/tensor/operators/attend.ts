import { MICROSOFT } from "../emitter.ts";
import { formatShape, sameShape, TensorError } from "../shape.ts";
import { apply, type Operator, type Tensor } from "../tensor.ts";
import { multiply, subtract } from "./elementwise.ts";
import { matmul } from "./linear.ts";
import { sum } from "./reduction.ts";

interface Attending {
  readonly heads: number;
  readonly alpha: number;
}

/**
 * inputs: query [rows, keyHeads, group · length, headDim], key and value [rows, keyHeads, length, headDim], mask
 * [rows, 1, length, length]; outputs: the mixed values, and the probabilities, which the derivative reads.
 */
const operator: Operator<Attending> = {
  name: "attend",
  shape([query, key, value, mask], { heads }) {
    const [rows, keyHeads, length, headDim] = key!.shape;
    const group = heads / Number(keyHeads);
    const stacked = typeof length === "number" ? group * length : group === 1 ? length : `${group}·${length}`;
    if (
      !Number.isInteger(group) ||
      !sameShape(query!.shape, [rows!, keyHeads!, stacked!, headDim!]) ||
      !sameShape(value!.shape, key!.shape) ||
      !sameShape(mask!.shape, [rows!, 1, length!, length!])
    ) {
      const [q, k, v, m] = [query, key, value, mask].map((each) => formatShape(each!.shape));
      throw new TensorError(`attend: ${heads} heads of ${q} do not see ${k} and ${v} through ${m}`);
    }
    const { type } = query!;
    return [
      { type, shape: query!.shape },
      { type, shape: [...query!.shape.slice(0, 3), length!] },
    ];
  },
  emit(onnx, [query, key, value, mask], [mixed, probabilities], { heads, alpha }, { inputs }) {
    const keyHeads = inputs[1]!.shape[1] as number;
    const product = { transB: { int: 1 }, alpha: { float: alpha } };
    const scores = onnx.node("FusedMatMul", [query!, key!], undefined, product, MICROSOFT);
    // A mask is for all heads alike, so heads of one group stand apart while it is added.
    const apart = heads === keyHeads ? scores : onnx.node("Reshape", [scores, onnx.sizes([0, heads, -1, 0])]);
    const softmax = ["Softmax", [onnx.node("Add", [apart, mask!])]] as const;
    const axis = { axis: { int: -1 } };
    if (heads === keyHeads) onnx.node(...softmax, [probabilities!], axis);
    else {
      const each = onnx.node(...softmax, undefined, axis);
      onnx.node("Reshape", [each, onnx.sizes([0, keyHeads, -1, 0])], [probabilities!]);
    }
    onnx.node("FusedMatMul", [probabilities!, value!], [mixed!], {}, MICROSOFT);
  },
  // With O = P V: dV = Pᵀ dO, dP = dO Vᵀ, and of the scores dS = P ∘ (dP − Σ dP ∘ P), where that sum along each row is
  // Σ dO ∘ O (Dao et al. 2022), so it is taken over headDim numbers instead of over length.
  derivative({ inputs: [query, key, value], outputs: [mixed, p], gradients: [gradient, ofP], attributes }) {
    if (ofP) throw new TensorError("attend: its probabilities have no derivative");
    const along = sum(multiply(gradient!, mixed!), [-1], true);
    const ofScores = multiply(subtract(matmul(gradient!, value!, { transB: true }), along), p!);
    const { alpha } = attributes;
    return [
      matmul(ofScores, key!, { alpha }),
      matmul(ofScores, query!, { transA: true, alpha }),
      matmul(p!, gradient!, { transA: true }),
      null,
    ];
  },
};

/**
 * softmax(alpha · query keyᵀ + mask) value, for each of `heads` heads; those that share a key head have their queries
 * below one another.
 *
 * @param query [rows, keyHeads, heads/keyHeads · length, headDim]
 * @param key,value [rows, keyHeads, length, headDim]
 * @param mask added to the scores, [rows, 1, length, length]; not differentiated
 * @returns as `query`
 */
export const attend = (query: Tensor, key: Tensor, value: Tensor, mask: Tensor, of: Attending): Tensor =>
  apply(operator, [query, key, value, mask], of)[0]!;
