import type { TensorData } from "../checkpoints/checkpoint.ts";

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
