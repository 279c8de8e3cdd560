import type { Emitter } from "./emitter.ts";
import { formatShape, type Shape, TensorError } from "./shape.ts";

export type ElementType = "float32" | "int32" | "int64" | "bool";

/** What a graph needs to know of a value before it has one. */
export interface TensorType {
  readonly type: ElementType;
  readonly shape: Shape;
}

/** A value of the graph; its numbers exist only when the graph runs. */
export interface Tensor extends TensorType {
  /** Grows with creation, so ascending order is an order of computation. */
  readonly id: number;
  readonly source: Source;
}

export type Source =
  | { readonly kind: "input"; readonly name: string }
  | { readonly kind: "constant"; readonly data: Float32Array | Int32Array | BigInt64Array }
  | { readonly kind: "stored"; readonly name: string; readonly data: Float32Array }
  | { readonly kind: "node"; readonly node: Node; readonly index: number };

export interface Node {
  readonly operator: Operator;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attributes: unknown;
}

/** What a derivative may use. A gradient is `null` where the output does not act on the loss. */
export interface Backward<A> {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly gradients: readonly (Tensor | null)[];
  readonly attributes: A;
}

/** One entry of the operator table: shape rule, ONNX emission and derivative, side by side. */
// biome-ignore lint/suspicious/noExplicitAny: a table holds operators of every attribute type
export interface Operator<A = any> {
  readonly name: string;
  /** Checks the inputs and gives one type per output. */
  shape(inputs: readonly Tensor[], attributes: A): readonly TensorType[];
  /** Writes the ONNX nodes that compute `outputs`; both are ONNX value names. */
  emit(
    onnx: Emitter,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: A,
    types: { readonly inputs: readonly Tensor[]; readonly outputs: readonly Tensor[] },
  ): void;
  /** One gradient per input, `null` where there is none. Absent: integers, or forward and backward in one. */
  derivative?(backward: Backward<A>): readonly (Tensor | null)[];
}

let nextId = 0;

/** A value given at every run. */
export function input(name: string, shape: Shape, type: ElementType = "float32"): Tensor {
  return { id: nextId++, type, shape, source: { kind: "input", name } };
}

/** A small value fixed in the graph. */
export function constant(data: Float32Array | Int32Array | BigInt64Array, shape: readonly number[]): Tensor {
  if (shape.reduce((product, size) => product * size, 1) !== data.length) {
    throw new TensorError(`constant: ${data.length} values do not fill ${formatShape(shape)}`);
  }
  const type =
    data instanceof Float32Array ? "float32" : data instanceof BigInt64Array ? "int64" : ("int32" as const);
  return { id: nextId++, type, shape, source: { kind: "constant", data } };
}

/** A large value fixed in the graph, but kept beside its bytes: whoever loads the graph reads `data` itself. */
export function stored(name: string, shape: readonly number[], data: Float32Array): Tensor {
  if (shape.reduce((product, size) => product * size, 1) !== data.length) {
    throw new TensorError(`stored "${name}": ${data.length} values do not fill ${formatShape(shape)}`);
  }
  return { id: nextId++, type: "float32", shape, source: { kind: "stored", name, data } };
}

export function scalar(value: number): Tensor {
  return constant(Float32Array.of(value), []);
}

/** Applies an operator: its outputs, with shapes checked now and numbers computed when the graph runs. */
export function apply<A>(operator: Operator<A>, inputs: readonly Tensor[], attributes: A): readonly Tensor[] {
  const types = operator.shape(inputs, attributes);
  const outputs: Tensor[] = [];
  const node: Node = { operator, inputs, outputs, attributes };
  for (const [index, { type, shape }] of types.entries()) {
    outputs.push({ id: nextId++, type, shape, source: { kind: "node", node, index } });
  }
  return outputs;
}
