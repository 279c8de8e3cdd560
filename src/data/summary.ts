import type { Example } from "./examples.ts";
import { exampleLength } from "./tokenise.ts";

/** What `%data` shows of a data set. */
export interface DataSummary {
  readonly rows: number;
  /** Tokens of prompt and longest response: the smallest, quartiles, 95th percentile, the largest. */
  readonly lengths: {
    readonly minimum: number;
    readonly quartile1: number;
    readonly median: number;
    readonly quartile3: number;
    readonly percentile95: number;
    readonly maximum: number;
  };
  readonly promptTokens: number;
  readonly responseTokens: number;
  /** Rows with more tokens than `maxLength`. */
  readonly tooLong: number;
  /** The first rows, as they were read. */
  readonly sample: readonly Readonly<Record<string, string>>[];
}

/**
 * Counts of a data set.
 *
 * @param rows as read; `examples` the same rows tokenised without a limit of length
 */
export function summarise<Row extends object>(
  rows: readonly Row[],
  examples: readonly Example[],
  options: { maxLength: number; sample?: number },
): DataSummary {
  const lengths = examples.map(exampleLength).sort((a, b) => a - b);
  // The nearest-rank quantile: always a length that occurs.
  const quantile = (p: number) => lengths[Math.max(0, Math.ceil(p * lengths.length) - 1)] ?? 0;
  let promptTokens = 0;
  let responseTokens = 0;
  for (const { prompt, responses } of examples) {
    promptTokens += prompt.length;
    for (const response of responses) responseTokens += response.length;
  }
  return {
    rows: rows.length,
    lengths: {
      minimum: quantile(0),
      quartile1: quantile(0.25),
      median: quantile(0.5),
      quartile3: quantile(0.75),
      percentile95: quantile(0.95),
      maximum: quantile(1),
    },
    promptTokens,
    responseTokens,
    tooLong: lengths.filter((length) => length > options.maxLength).length,
    sample: rows.slice(0, options.sample ?? 3).map((row) => ({ ...row }) as Record<string, string>),
  };
}
