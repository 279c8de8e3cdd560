import {
  arrayExamples,
  gzipExamples,
  linesExamples,
  parquetExamples,
  specificationExamples,
} from "./corpus/data.ts";
import { ggufExamples } from "./corpus/gguf.ts";
import { adapterExamples, modelExamples, safetensorsExamples } from "./corpus/models.ts";
import { runExamples } from "./corpus/runs.ts";
import { templateExamples, tokenizerExamples } from "./corpus/tokenizers.ts";
import type { Example } from "./damage.ts";
import { type Reader, readers } from "./readers.ts";

export interface Format {
  /** Small, valid files, made by the project's own writers or committed. */
  examples(): Promise<readonly Example[]> | readonly Example[];
  readonly read: Reader;
  /** How many of the files of a suite are of this format, beside the other formats' shares. */
  readonly share: number;
}

/** Every format that is read from files of others; a new one is one line here. */
export const formats: Readonly<Record<string, Format>> = {
  safetensors: { examples: safetensorsExamples, read: readers.safetensors, share: 3 },
  gguf: { examples: ggufExamples, read: readers.gguf, share: 3 },
  model: { examples: modelExamples, read: readers.model, share: 3 },
  tokenizer: { examples: tokenizerExamples, read: readers.tokenizer, share: 4 },
  template: { examples: templateExamples, read: readers.tokenizer, share: 1 },
  adapter: { examples: adapterExamples, read: readers.adapter, share: 2 },
  lines: { examples: linesExamples, read: readers.rows, share: 2 },
  array: { examples: arrayExamples, read: readers.rows, share: 1 },
  parquet: { examples: parquetExamples, read: readers.rows, share: 3 },
  gzip: { examples: gzipExamples, read: readers.rows, share: 2 },
  specification: { examples: specificationExamples, read: readers.specification, share: 1 },
  runs: { examples: runExamples, read: readers.runs, share: 3 },
};
