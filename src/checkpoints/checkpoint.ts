/** A named array of a checkpoint, in float32 whatever its stored type. */
export interface TensorData {
  readonly shape: readonly number[];
  /** All numbers. Where the tensor is not kept in memory (`stored`), each access reads the file anew. */
  readonly data: Float32Array;
  readonly stored?: StoredTensor;
}

/** A tensor that stays in its file and is read whenever it is needed. */
export interface StoredTensor {
  /**
   * Reads `into.length` numbers, the first of them at place `from` of the flattened tensor.
   * @throws CheckpointError naming file and tensor where the file is no longer what it was
   */
  read(from: number, into: Float32Array): void;
}

/** A Hugging Face model directory in memory: `config.json` and the tensors under their Hugging Face names. */
export interface ModelCheckpoint {
  readonly config: Readonly<Record<string, unknown>>;
  readonly tensors: ReadonlyMap<string, TensorData>;
}

/** A tensor in its file, as one of a checkpoint. */
export function inFile(shape: readonly number[], stored: StoredTensor): TensorData {
  const size = shape.reduce((product, length) => product * length, 1);
  return {
    shape,
    stored,
    get data() {
      const data = new Float32Array(size);
      stored.read(0, data);
      return data;
    },
  };
}

/** The same checkpoint with all of its tensors in memory, or all but those that `kept` leaves in their files. */
export function inMemory(
  { config, tensors }: ModelCheckpoint,
  kept: (name: string) => boolean = () => true,
): ModelCheckpoint {
  const read = new Map<string, TensorData>();
  for (const [name, tensor] of tensors)
    read.set(name, tensor.stored && kept(name) ? { shape: tensor.shape, data: tensor.data } : tensor);
  return { config, tensors: read };
}
