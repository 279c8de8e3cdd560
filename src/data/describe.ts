import { checkTemplate } from "../text/template.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { countDuplicates, type Duplicates, type RowKeys, rowKeysOf } from "./duplicates.ts";
import type { Example, PreferenceRow, SftRow } from "./examples.ts";
import { type Histogram, histogram, type Quantiles, quantiles } from "./histogram.ts";
import type { DataSet } from "./load.ts";
import { split } from "./split.ts";
import { cutToLength, exampleLength, type TokeniseOptions, tokeniseRow } from "./tokenise.ts";

/** Lengths in tokens: their sum, quantiles and histogram. */
export interface Lengths extends Quantiles {
  readonly total: number;
  readonly histogram: Histogram;
}

/** A row as the model will see it: texts made of its tokens again. */
export interface SampleRow {
  /** `file:line`, or `file: row N`. */
  readonly where: string;
  readonly prompt: { readonly text: string; readonly tokens: number };
  /** What is trained on: the completion, or chosen and rejected. */
  readonly responses: readonly {
    readonly name: "completion" | "chosen" | "rejected";
    readonly text: string;
    readonly tokens: number;
  }[];
  /** It was too long and is cut. */
  readonly cut: boolean;
}

/** What there is to know of a data set before a run is started on it; JSON-safe. */
export interface DataSetDescription {
  readonly file: string;
  readonly sha256: string;
  /** Good rows in the file. */
  readonly rows: number;
  readonly training: number;
  readonly evaluation: number;
  /** Rows that can't be read; the first ten, each with file, line and reason. */
  readonly bad: { readonly count: number; readonly first: readonly string[] };
  /** Rows of chat messages, and what makes texts of them; null where there are none. */
  readonly chat: { readonly rows: number; readonly by: "chat template" | "template" } | null;
  readonly tokens: {
    readonly prompt: Lengths;
    /** Of each response: preference rows have two. */
    readonly response: Lengths;
    /** Of prompt and longest response, which is what `maxLength` bounds. */
    readonly row: Lengths;
  };
  /** Rows longer than `maxLength`, and what becomes of them: a run stops at the first, cuts them, or skips them. */
  readonly tooLong: {
    readonly count: number;
    readonly maxLength: number;
    readonly treatment: "stop" | "cut" | "skip";
  };
  readonly duplicates: Duplicates;
  readonly sample: readonly SampleRow[];
}

export interface DescribeOptions extends TokeniseOptions {
  readonly evaluation: { readonly fraction: number; readonly heldOut: boolean };
  /** Rows shown; the first of those that are trained on. Default 3. */
  readonly sample?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Time between two breaths, in ms, in which other work and interrupts get their turn. */
const breath = 50;

/**
 * Tokenises a data set and counts. Of each row only its lengths and two digests are kept. Unlike a run, it goes on where a row is too
 * long, and counts.
 *
 * @throws DataError where there would be no row to train on
 */
export async function describeSet(
  data: DataSet<SftRow> | DataSet<PreferenceRow>,
  tokenizer: Tokenizer,
  options: DescribeOptions,
): Promise<DataSetDescription> {
  const { template, maxLength, tooLong: treatment, sample = 3, signal } = options;
  checkTemplate(template);
  const rows: readonly (SftRow | PreferenceRow)[] = data.rows;
  const prompts = new Int32Array(rows.length);
  const wholes = new Int32Array(rows.length);
  const responses: number[] = [];
  const keys: RowKeys[] = [];
  const shown: SampleRow[] = [];
  let tooLong = 0;
  let since = performance.now();
  for (const [i, row] of rows.entries()) {
    const tokens = tokeniseRow(row, tokenizer, template);
    const length = exampleLength(tokens);
    prompts[i] = tokens.prompt.length;
    wholes[i] = length;
    for (const response of tokens.responses) responses.push(response.length);
    const long = length > maxLength;
    if (long) tooLong++;
    if (!(long && treatment === "skip")) keys.push(rowKeysOf(row));
    if (shown.length < sample && !(long && treatment !== "cut"))
      shown.push({
        where: data.where?.(i) ?? `${data.file}: row ${data.numbers[i]! + 1}`,
        ...asSeen(row, long ? cutToLength(tokens, maxLength, tokenizer) : tokens, tokenizer),
        cut: long,
      });
    if (performance.now() - since > breath) {
      await new Promise(setImmediate);
      signal?.throwIfAborted();
      since = performance.now();
    }
  }
  const { training, evaluation } = split(keys, options.evaluation);
  const { skipped } = data;
  return {
    file: data.file,
    sha256: data.sha256,
    rows: rows.length,
    training: training.length,
    evaluation: evaluation.length,
    bad: { count: skipped.length, first: skipped.slice(0, 10) },
    chat: data.chat ?? null,
    tokens: { prompt: lengthsOf(prompts), response: lengthsOf(responses), row: lengthsOf(wholes) },
    tooLong: { count: tooLong, maxLength, treatment },
    duplicates: countDuplicates(training, evaluation),
    sample: shown,
  };
}

function lengthsOf(lengths: ArrayLike<number>): Lengths {
  let total = 0;
  for (let i = 0; i < lengths.length; i++) total += lengths[i]!;
  return { total, ...quantiles(lengths), histogram: histogram(lengths) };
}

function asSeen(
  row: SftRow | PreferenceRow,
  { prompt, responses }: Pick<Example, "prompt" | "responses">,
  tokenizer: Tokenizer,
): Pick<SampleRow, "prompt" | "responses"> {
  const names = "chosen" in row ? (["chosen", "rejected"] as const) : (["completion"] as const);
  return {
    prompt: { text: tokenizer.decode(prompt), tokens: prompt.length },
    responses: names.map((name, i) => ({
      name,
      text: tokenizer.decode(responses[i]!),
      tokens: responses[i]!.length,
    })),
  };
}
