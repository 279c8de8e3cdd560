import type { StoredType } from "../checkpoints/safetensors.ts";

/** A whole model with the adapter in its weights, or the adapter alone in PEFT's format. */
export type Form = "merged" | "adapter";

/** Types of stored weights, as PyTorch calls them. */
export const storedTypes = { float32: "F32", bfloat16: "BF16", float16: "F16" } as const satisfies Record<
  string,
  StoredType
>;
export type StoredName = keyof typeof storedTypes;

export interface SaveOptions {
  /** The directory of run directories, for a run's id. Default `runs`. */
  readonly runs?: string;
  /** Default `merged`. */
  readonly form?: Form;
  /** Of a merged model's weights. Default `float32`, which loses nothing; the others round. */
  readonly dtype?: StoredName;
  /** Weights beyond so many bytes go to several files with an index. Default 5 GB. */
  readonly shardBytes?: number;
}

/** What was written. */
export interface Saved {
  readonly directory: string;
  readonly form: Form;
  readonly run: string;
  /** The step that the weights are of: the run's last, or that of its newest checkpoint. */
  readonly step: number;
  readonly steps: number;
  readonly files: readonly string[];
  readonly bytes: number;
}
