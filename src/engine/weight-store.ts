import type { TensorData } from "../checkpoints/checkpoint.ts";

/**
 * Numbers of the layers' inputs that are kept, about, where weights are read from their files: so many micro-batches go
 * through the layers together, and each layer is read once for them. Where weights are kept, micro-batches go one by one.
 */
export const STREAMED_STATES = 2 ** 24;

/** Where a plan takes the weights from. */
export interface WeightStore {
  /** Whether all of them are in memory all the time. */
  readonly kept: boolean;
  shape(name: string): readonly number[];
  /**
   * A weight's numbers. Where weights are not kept, an array is overwritten by the next read into the same `place`
   * (the weight's name within its layer).
   */
  read(name: string, place: string): Float32Array;
  /** Copies rows of a table [rows, width], one for each id, to `into` [ids, width]. */
  rows(name: string, ids: Int32Array, into: Float32Array): void;
  /** Adds `change` to a weight for good; the checkpoint's own arrays stay as they are. */
  add(name: string, change: (weight: Float32Array) => Float32Array): void;
}

/** Weights in memory. `tensors` are read in place, and replaced where something is added to them. */
export function keptWeights(tensors: Map<string, TensorData>): WeightStore {
  return {
    kept: true,
    shape: (name) => tensors.get(name)!.shape,
    read: (name) => tensors.get(name)!.data,
    rows(name, ids, into) {
      const { shape, data } = tensors.get(name)!;
      const width = shape[1]!;
      for (const [i, id] of ids.entries()) into.set(data.subarray(id * width, (id + 1) * width), i * width);
    },
    add(name, change) {
      const { shape, data } = tensors.get(name)!;
      tensors.set(name, { shape, data: change(data) });
    },
  };
}

/**
 * Weights that stay in their files but for those in use: one array per place, so that the layers share one layer's
 * memory. What is added to a weight is added whenever it is read.
 */
export function streamedWeights(tensors: ReadonlyMap<string, TensorData>): WeightStore {
  const arrays = new Map<string, { name: string; data: Float32Array }>();
  const changes = new Map<string, ((weight: Float32Array) => Float32Array)[]>();
  const read = (name: string, place: string) => {
    const held = arrays.get(place);
    if (held?.name === name) return held.data;
    const tensor = tensors.get(name)!;
    const { shape, stored } = tensor;
    if (!stored) return tensor.data;
    const size = shape.reduce((product, length) => product * length, 1);
    const data = held?.data.length === size ? held.data : new Float32Array(size);
    stored.read(0, data);
    for (const change of changes.get(name) ?? []) data.set(change(data));
    arrays.set(place, { name, data });
    return data;
  };
  return {
    kept: false,
    shape: (name) => tensors.get(name)!.shape,
    read,
    rows(name, ids, into) {
      const tensor = tensors.get(name)!;
      const { shape, stored } = tensor;
      const width = shape[1]!;
      const held = stored ? arrays.get(name)?.data : tensor.data;
      for (const [i, id] of ids.entries()) {
        const row = into.subarray(i * width, (i + 1) * width);
        if (held) row.set(held.subarray(id * width, (id + 1) * width));
        else stored!.read(id * width, row);
      }
    },
    add(name, change) {
      changes.set(name, [...(changes.get(name) ?? []), change]);
      for (const [place, held] of arrays) if (held.name === name) arrays.delete(place);
    },
  };
}
