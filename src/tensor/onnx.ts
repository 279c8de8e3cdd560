import { create, toBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema, Version } from "onnx-buf";
import { Emitter, MICROSOFT, valueInfo } from "./emitter.ts";
import type { Node, Tensor } from "./tensor.ts";

/** An encoded graph: what onnxruntime loads, and the inputs it will ask for. */
export interface EncodedGraph {
  readonly bytes: Uint8Array;
  /** Inputs that the outputs depend on, by name. */
  readonly inputs: ReadonlyMap<string, Tensor>;
  /** Large constants that `bytes` only names. */
  readonly stored: ReadonlyMap<string, Float32Array>;
}

/** Everything that `outputs` depend on, in an order of computation. */
export function reachable(outputs: Iterable<Tensor>): Tensor[] {
  const seen = new Set<Tensor>();
  const open = [...outputs];
  for (let tensor = open.pop(); tensor; tensor = open.pop()) {
    if (seen.has(tensor)) continue;
    seen.add(tensor);
    if (tensor.source.kind === "node") open.push(...tensor.source.node.inputs);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

/** Encodes the graph that computes `outputs`, as an ONNX model (opset 20, with onnxruntime's own operators). */
export function encode(outputs: Readonly<Record<string, Tensor>>): EncodedGraph {
  const onnx = new Emitter();
  const names = new Map<Tensor, string>();
  const emitted = new Set<Node>();
  const inputs = new Map<string, Tensor>();
  const stored = new Map<string, Float32Array>();
  const name = (tensor: Tensor) => {
    const known = names.get(tensor);
    if (known) return known;
    const fresh =
      tensor.source.kind === "input" || tensor.source.kind === "stored"
        ? tensor.source.name
        : `t${tensor.id}`;
    names.set(tensor, fresh);
    return fresh;
  };
  for (const tensor of reachable(Object.values(outputs))) {
    const { source } = tensor;
    if (source.kind === "input") inputs.set(source.name, tensor);
    else if (source.kind === "stored") {
      stored.set(source.name, source.data);
      onnx.stored(source.name, tensor.shape as readonly number[], source.data.byteLength);
    } else if (source.kind === "constant") {
      onnx.constant(source.data, tensor.shape as readonly number[], name(tensor));
    } else if (!emitted.has(source.node)) {
      const { node } = source;
      emitted.add(node);
      node.operator.emit(onnx, node.inputs.map(name), node.outputs.map(name), node.attributes, node);
    }
  }
  for (const [output, tensor] of Object.entries(outputs)) onnx.node("Identity", [name(tensor)], [output]);
  const graph = onnx.graph(
    "step",
    [...inputs].map(([input, { type, shape }]) => valueInfo(input, type, shape)),
    Object.entries(outputs).map(([output, { type, shape }]) => valueInfo(output, type, shape)),
  );
  const model = create(ModelProtoSchema, {
    irVersion: BigInt(Version.IR_VERSION_2023_5_5),
    opsetImport: [
      { domain: "", version: 20n },
      { domain: MICROSOFT, version: 1n },
    ],
    graph,
  });
  return { bytes: toBinary(ModelProtoSchema, model), inputs, stored };
}
