/** Float32Array for models on onnxruntime, Float64Array for the paper's softmax policies. */
export type Values = Float32Array | Float64Array;

/** A trained array. The optimiser updates `data` in place; whoever computes with it reads it at every call. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Values;
}
