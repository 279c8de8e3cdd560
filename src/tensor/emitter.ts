import { create } from "@bufbuild/protobuf";
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  type GraphProto,
  GraphProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "onnx-buf";
import type { Dimension, Shape } from "./shape.ts";
import type { ElementType } from "./tensor.ts";

/** An ONNX attribute; the key says its type, which JavaScript's numbers do not. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly graph: GraphProto };

export type Attributes = Readonly<Record<string, Attribute>>;

/** The domain of onnxruntime's own operators. */
export const MICROSOFT = "com.microsoft";

const dataTypes = {
  float32: DataType.FLOAT,
  int32: DataType.INT32,
  int64: DataType.INT64,
  bool: DataType.BOOL,
} as const;

/** Collects the nodes and initializers of one ONNX graph (or of a Scan's body). */
export class Emitter {
  readonly #nodes: NodeProto[] = [];
  readonly #initializers: TensorProto[] = [];
  readonly #prefix: string;
  #count = 0;

  /** @param prefix keeps the names of a body apart from those of the graph around it */
  constructor(prefix = "") {
    this.#prefix = prefix;
  }

  /** A value name that nothing else has. */
  name(hint = "v"): string {
    return `${this.#prefix}${hint}_${this.#count++}`;
  }

  /** Adds a node; returns its first output. */
  node(
    operator: string,
    inputs: readonly string[],
    outputs: readonly string[] = [this.name(operator)],
    attributes: Attributes = {},
    domain = "",
  ): string {
    this.#nodes.push(
      create(NodeProtoSchema, {
        opType: operator,
        domain,
        name: this.name(operator),
        input: [...inputs],
        output: [...outputs],
        attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
      }),
    );
    return outputs[0]!;
  }

  constant(
    data: Float32Array | Int32Array | BigInt64Array,
    shape: readonly number[],
    name = this.name("constant"),
  ): string {
    const type =
      data instanceof Float32Array
        ? DataType.FLOAT
        : data instanceof BigInt64Array
          ? DataType.INT64
          : DataType.INT32;
    this.#initializers.push(
      create(TensorProtoSchema, {
        name,
        dataType: type,
        dims: shape.map(BigInt),
        rawData: new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength),
      }),
    );
    return name;
  }

  /** A constant of float32 whose numbers are elsewhere, under its own name. */
  stored(name: string, shape: readonly number[], bytes: number): void {
    const entries = { location: name, offset: "0", length: String(bytes) };
    this.#initializers.push(
      create(TensorProtoSchema, {
        name,
        dataType: DataType.FLOAT,
        dims: shape.map(BigInt),
        dataLocation: DataLocation.EXTERNAL,
        externalData: Object.entries(entries).map(([key, value]) =>
          create(StringStringEntryProtoSchema, { key, value }),
        ),
      }),
    );
  }

  /** A list of int64, as shapes and axes are given. */
  sizes(values: readonly number[]): string {
    return this.constant(BigInt64Array.from(values, BigInt), [values.length]);
  }

  scalar(value: number): string {
    return this.constant(Float32Array.of(value), []);
  }

  graph(name: string, inputs: readonly ValueInfoProto[], outputs: readonly ValueInfoProto[]): GraphProto {
    return create(GraphProtoSchema, {
      name,
      node: this.#nodes,
      initializer: this.#initializers,
      input: [...inputs],
      output: [...outputs],
    });
  }
}

/** The declaration of a graph's input or output. */
export function valueInfo(name: string, type: ElementType, shape: Shape): ValueInfoProto {
  return create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: "tensorType",
        value: {
          elemType: dataTypes[type],
          shape: { dim: shape.map((size) => ({ value: dimension(size) })) },
        },
      },
    },
  });
}

function dimension(size: Dimension) {
  return typeof size === "number"
    ? { case: "dimValue" as const, value: BigInt(size) }
    : { case: "dimParam" as const, value: size };
}

function attribute(name: string, value: Attribute): AttributeProto {
  if ("int" in value) {
    return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value.int) });
  }
  if ("float" in value)
    return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value.float });
  if ("graph" in value)
    return create(AttributeProtoSchema, { name, type: AttributeType.GRAPH, g: value.graph });
  return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.ints.map(BigInt) });
}
