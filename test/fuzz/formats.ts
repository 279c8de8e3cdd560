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
import type { damage, Example } from "./damage.ts";
import { type Reader, readers } from "./readers.ts";
import type { FormatName } from "./shares.ts";

export interface Format {
  /** Small, valid files, made by the project's own writers or committed. */
  examples(): Promise<readonly Example[]> | readonly Example[];
  readonly read: Reader;
  /** Default: as their names invite it. */
  readonly damage?: typeof damage;
}

/** Every format that is read from files of others; a new one is one line here and one in shares.ts. */
export const formats: Readonly<Record<FormatName, Format>> = {
  safetensors: { examples: safetensorsExamples, read: readers.safetensors },
  gguf: { examples: ggufExamples, read: readers.gguf },
  model: { examples: modelExamples, read: readers.model },
  tokenizer: { examples: tokenizerExamples, read: readers.tokenizer },
  template: { examples: templateExamples, read: readers.tokenizer },
  adapter: { examples: adapterExamples, read: readers.adapter },
  lines: { examples: linesExamples, read: readers.rows },
  array: { examples: arrayExamples, read: readers.rows },
  parquet: { examples: parquetExamples, read: readers.rows },
  gzip: { examples: gzipExamples, read: readers.rows },
  specification: { examples: specificationExamples, read: readers.specification },
  runs: { examples: runExamples, read: readers.runs },
};
