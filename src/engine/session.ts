/** The one module that loads onnxruntime. */
import { createRequire } from "node:module";
import type * as Onnxruntime from "onnxruntime-node";
import { type ElementType, encode, type Tensor } from "../tensor/index.ts";
import { EngineError } from "./errors.ts";

const ort = createRequire(import.meta.url)("onnxruntime-node") as typeof Onnxruntime;

export type FeedData = Float32Array | Int32Array | BigInt64Array | Uint8Array;

export interface Feed {
  readonly type: ElementType;
  readonly data: FeedData;
  readonly shape: readonly number[];
}

/** A compiled graph. Several may read the same weights: they are fed from the arrays that the caller holds. */
export interface Session {
  readonly inputs: readonly string[];
  /**
   * Runs the graph; blocks this thread's event loop meanwhile. Outputs are the caller's own: new arrays, or those of
   * `into`, which must have the outputs' shapes.
   */
  run(
    feeds: ReadonlyMap<string, Feed>,
    into?: ReadonlyMap<string, Feed>,
  ): Promise<ReadonlyMap<string, Float32Array>>;
  dispose(): Promise<void>;
}

/** Where a graph runs. What a device has no kernel for runs on the processor. */
export type Device = "cpu" | "cuda" | "webgpu";

export interface SessionOptions {
  readonly threads: number;
  /** Default: the processor. */
  readonly device?: Device;
}

export async function createSession(
  outputs: Readonly<Record<string, Tensor>>,
  options: SessionOptions,
): Promise<Session> {
  const { device = "cpu" } = options;
  if (device !== "cpu") ort.env.logLevel = "fatal"; // that a device is missing is said in words, by `findDevice`
  const graph = encode(outputs);
  const session = await ort.InferenceSession.create(graph.bytes, {
    executionProviders: device === "cpu" ? ["cpu"] : [device, "cpu"],
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    enableMemPattern: false,
    logSeverityLevel: device === "cpu" ? 3 : 4,
    externalData: [...graph.stored].map(([path, data]) => ({
      path,
      data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    })),
    extra: { session: { force_spinning_stop: "1" } },
  });
  const inputs = [...graph.inputs.keys()];
  const tensors = new WeakMap<FeedData, Onnxruntime.Tensor>();
  const tensorOf = ({ type, data, shape }: Feed) => {
    const known = tensors.get(data);
    if (known && known.dims.length === shape.length && known.dims.every((size, i) => size === shape[i]))
      return known;
    const made = new ort.Tensor(type as "float32", data as Float32Array, shape);
    tensors.set(data, made);
    return made;
  };
  return {
    inputs,
    async run(feeds, into) {
      const given: Record<string, Onnxruntime.Tensor> = {};
      for (const name of inputs) {
        const feed = feeds.get(name);
        if (!feed) throw new EngineError(`the graph's input "${name}" was not given`);
        given[name] = tensorOf(feed);
      }
      const fetches: Record<string, Onnxruntime.Tensor | null> = {};
      for (const name of session.outputNames)
        fetches[name] = into?.has(name) ? tensorOf(into.get(name)!) : null;
      const results = await session.run(given, fetches);
      return new Map(Object.entries(results).map(([name, tensor]) => [name, tensor.data as Float32Array]));
    },
    dispose: () => session.release(),
  };
}
