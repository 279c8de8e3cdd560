import { Emitter, MICROSOFT, valueInfo } from "../emitter.ts";
import { formatShape, multipleOf, type Shape, sameShape, TensorError } from "../shape.ts";
import { apply, type Operator, type Tensor } from "../tensor.ts";
import { multiply } from "./elementwise.ts";
import { sum } from "./reduction.ts";

interface Attending {
  readonly alpha: number;
}

function checkShapes(query: Tensor, key: Tensor, value: Tensor, mask: Tensor): void {
  const [heads, rows, length, headDim] = key.shape;
  const stacked = query.shape[2]!;
  if (
    !Number.isInteger(multipleOf(stacked, length!)) ||
    !sameShape(query.shape, [heads!, rows!, stacked, headDim!]) ||
    !sameShape(value.shape, key.shape) ||
    !sameShape(mask.shape, [rows!, 1, length!, length!])
  ) {
    const [q, k, v, m] = [query, key, value, mask].map(({ shape }) => formatShape(shape));
    throw new TensorError(`attend: queries ${q} do not see ${k} and ${v} through ${m}`);
  }
}

/** How many queries stand below one another for each key; their heads share it. */
const groupOf = ([query, key]: readonly Tensor[]) => multipleOf(query!.shape[2]!, key!.shape[2]!);

/** Products of one head: [rows, group · length, headDim] by [rows, length, headDim] and the like. */
function product(
  onnx: Emitter,
  a: string,
  b: string,
  options: { transA?: 1; transB?: 1; alpha?: number } = {},
) {
  const { transA = 0, transB = 0, alpha = 1 } = options;
  const attributes = { transA: { int: transA }, transB: { int: transB }, alpha: { float: alpha } };
  return onnx.node("FusedMatMul", [a, b], undefined, attributes, MICROSOFT);
}

/** softmax(alpha · query keyᵀ + mask) of one key head, [rows, group · length, length]. */
function probabilities(
  onnx: Emitter,
  query: string,
  key: string,
  mask: string,
  group: number,
  alpha: number,
) {
  const scores = product(onnx, query, key, { transB: 1, alpha });
  const axis = { axis: { int: -1 } };
  if (group === 1) {
    const flat = onnx.node("Squeeze", [mask, onnx.sizes([1])]); // [rows, length, length]
    return onnx.node("Softmax", [onnx.node("Add", [scores, flat])], undefined, axis);
  }
  // A mask is for all heads alike, so those that share the key stand apart while it is added.
  const apart = onnx.node("Reshape", [
    scores,
    onnx.node(
      "Concat",
      [
        onnx.node("Shape", [mask], undefined, { start: { int: 0 }, end: { int: 1 } }),
        onnx.sizes([group]),
        onnx.node("Shape", [mask], undefined, { start: { int: 2 } }),
      ],
      undefined,
      { axis: { int: 0 } },
    ),
  ]);
  const each = onnx.node("Softmax", [onnx.node("Add", [apart, mask])], undefined, axis);
  return onnx.node("Reshape", [each, onnx.node("Shape", [scores])]);
}

/** Runs `body` for one head after the other: of `scanned` it sees a head's slice, of `outputs` it gives one. */
function perHead(
  onnx: Emitter,
  scanned: readonly { readonly name: string; readonly shape: Shape }[],
  outputs: readonly { readonly name: string; readonly shape: Shape }[],
  body: (onnx: Emitter, slices: readonly string[]) => readonly string[],
): void {
  const inner = new Emitter(`${outputs[0]!.name}_head_`);
  const slices = scanned.map(() => inner.name("slice"));
  const results = body(inner, slices);
  const graph = inner.graph(
    "head",
    slices.map((name, i) => valueInfo(name, "float32", scanned[i]!.shape.slice(1))),
    results.map((name, i) => valueInfo(name, "float32", outputs[i]!.shape.slice(1))),
  );
  onnx.node(
    "Scan",
    scanned.map(({ name }) => name),
    outputs.map(({ name }) => name),
    { body: { graph }, num_scan_inputs: { int: scanned.length } },
  );
}

const named = (names: readonly string[], types: readonly Tensor[]) =>
  names.map((name, i) => ({ name, shape: types[i]!.shape }));

/** inputs: query, key, value, mask; output: the mixed values. Head by head, so that of all probabilities only one head's exist. */
const operator: Operator<Attending> = {
  name: "attend",
  shape([query, key, value, mask]) {
    checkShapes(query!, key!, value!, mask!);
    return [query!];
  },
  emit(onnx, names, outputs, { alpha }, types) {
    const group = groupOf(types.inputs);
    perHead(
      onnx,
      named(names.slice(0, 3), types.inputs),
      named(outputs, types.outputs),
      (at, [query, key, value]) => {
        const p = probabilities(at, query!, key!, names[3]!, group, alpha);
        return [product(at, p, value!)];
      },
    );
  },
  derivative({ inputs: [query, key, value, mask], outputs: [mixed], gradients: [gradient], attributes }) {
    const along = sum(multiply(gradient!, mixed!), [-1], true);
    const inputs = [query!, key!, value!, gradient!, along, mask!];
    return [...apply(backwardOperator, inputs, attributes), null];
  },
};

/**
 * inputs: query, key, value, dO, Σ dO ∘ O along each row, mask; outputs: the gradients of query, key and value. The
 * probabilities P are computed anew (Dao et al. 2022): keeping them costs length² for every head of every layer. With
 * O = P V: dV = Pᵀ dO, dP = dO Vᵀ, and of the scores dS = P ∘ (dP − Σ dP ∘ P), where that sum is Σ dO ∘ O.
 */
const backwardOperator: Operator<Attending> = {
  name: "attendBackward",
  shape: ([query, key, value]) => [query!, key!, value!],
  emit(onnx, names, outputs, { alpha }, types) {
    const group = groupOf(types.inputs);
    perHead(
      onnx,
      named(names.slice(0, 5), types.inputs),
      named(outputs, types.outputs),
      (at, [query, key, value, gradient, along]) => {
        const p = probabilities(at, query!, key!, names[5]!, group, alpha);
        const ofP = product(at, gradient!, value!, { transB: 1 });
        const ofScores = at.node("Mul", [at.node("Sub", [ofP, along!]), p]);
        return [
          product(at, ofScores, key!, { alpha }),
          product(at, ofScores, query!, { transA: 1, alpha }),
          product(at, p, gradient!, { transA: 1 }),
        ];
      },
    );
  },
};

/**
 * softmax(alpha · query keyᵀ + mask) value, of each head and row. Query heads that share a key head have their queries
 * below one another.
 *
 * @param query [keyHeads, rows, heads/keyHeads · length, headDim]
 * @param key,value [keyHeads, rows, length, headDim]
 * @param mask added to the scores, [rows, 1, length, length]; not differentiated
 * @returns as `query`
 */
export const attend = (query: Tensor, key: Tensor, value: Tensor, mask: Tensor, alpha: number): Tensor =>
  apply(operator, [query, key, value, mask], { alpha })[0]!;
