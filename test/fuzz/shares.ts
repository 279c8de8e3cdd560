/** The formats that are read from files of others, and how many of a suite's files each gets, beside the others. */
const shares = {
  safetensors: 3,
  gguf: 3,
  model: 3,
  tokenizer: 4,
  template: 1,
  adapter: 2,
  lines: 2,
  array: 1,
  gzip: 1,
  parquet: 3,
  specification: 1,
  runs: 2,
} as const;

export type FormatName = keyof typeof shares;

/** How many files each format gets of so many. */
export function shared(files: number): [FormatName, number][] {
  const all = Object.values(shares).reduce((sum, share) => sum + share, 0);
  return Object.entries(shares).map(([name, share]) => [
    name as FormatName,
    Math.ceil((files * share) / all),
  ]);
}
