import type { TensorData } from "./checkpoint.ts";
import type { GgufMetadata } from "./gguf-metadata.ts";

/** What a GGUF architecture is in Hugging Face's terms. */
export interface GgufFamily {
  /** Names of a layer's tensors, without `blk.N.` and without `.weight` or `.bias`, as in Hugging Face's layer. */
  readonly layer: Readonly<Record<string, string>>;
  /** What those names follow, before the layer's number. */
  readonly layers: string;
  /** Names of the other tensors, without `.weight` or `.bias`. */
  readonly outer: Readonly<Record<string, string>>;
  /** Tensors that only say how positions turn, and are read into the config. */
  readonly positions: readonly string[];
  /** `config.json`, without what any architecture has (vocabulary, tied embeddings, token numbers). */
  config(metadata: GgufMetadata, tensors: ReadonlyMap<string, TensorData>): Record<string, unknown>;
  /** Where llama.cpp's conversion changed the order of rows, how to undo it; `name` as in `layer`. */
  order(name: string, config: Readonly<Record<string, unknown>>): RowOrder | undefined;
}

/** An order of rows: row `i` was row `from(i)` of the file. */
export interface RowOrder {
  readonly rows: number;
  from(row: number): number;
}

/** Puts the rows of a tensor [rows, …] in order. */
export function inOrder({ shape, data }: TensorData, order: RowOrder): TensorData {
  const width = data.length / order.rows;
  const ordered = new Float32Array(data.length);
  for (let row = 0; row < order.rows; row++) {
    const at = order.from(row) * width;
    ordered.set(data.subarray(at, at + width), row * width);
  }
  return { shape, data: ordered };
}

/** Numbers of a head: an even part of the width. */
export function headWidth(metadata: GgufMetadata, width: number, heads: number): number {
  const headDim = width / heads;
  if (!Number.isInteger(headDim) || headDim % 2 !== 0)
    metadata.fail(`has heads of ${width} / ${heads} numbers; expected an even number`);
  return headDim;
}
