import { createHash } from "node:crypto";
import type { PreferenceRow, SftRow } from "./examples.ts";

/** Rows that occur more than once, white space aside. */
export interface Duplicates {
  /** Training rows that an earlier training row equals. */
  readonly training: number;
  /** Evaluation rows that an earlier evaluation row equals. */
  readonly evaluation: number;
  /** Evaluation rows that a training row equals: what is evaluated was trained on. */
  readonly across: number;
  /** Evaluation rows whose prompt is a training row's, whatever the responses. */
  readonly prompts: number;
}

type Row = SftRow | PreferenceRow;

/** Keys of the texts of a row: all of it, and its prompt. */
export interface RowKeys {
  readonly row: string;
  readonly prompt: string;
}

/** Digests stand for the texts, so that no second copy of these is kept. */
export function rowKeysOf(row: Row): RowKeys {
  const texts = "chosen" in row ? [row.prompt, row.chosen, row.rejected] : [row.prompt, row.completion];
  const normal = texts.map((text) => text.trim().replace(/\s+/g, " "));
  return { row: digest(normal.join("\0")), prompt: digest(normal[0]!) };
}

export function countDuplicates(training: readonly RowKeys[], evaluation: readonly RowKeys[]): Duplicates {
  const trained = new Set(training.map(({ row }) => row));
  const asked = new Set(training.map(({ prompt }) => prompt));
  return {
    training: training.length - trained.size,
    evaluation: evaluation.length - new Set(evaluation.map(({ row }) => row)).size,
    across: evaluation.filter(({ row }) => trained.has(row)).length,
    prompts: evaluation.filter(({ prompt }) => asked.has(prompt)).length,
  };
}

function digest(text: string): string {
  return createHash("sha1").update(text).digest("base64");
}
