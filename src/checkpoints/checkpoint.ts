/** A named array of a checkpoint, in float32 whatever its stored type. */
export interface TensorData {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A Hugging Face model directory in memory: `config.json` and the tensors under their Hugging Face names. */
export interface ModelCheckpoint {
  readonly config: Readonly<Record<string, unknown>>;
  readonly tensors: ReadonlyMap<string, TensorData>;
}
