/** Batches of rows as long as alpaca's and hh-rlhf's, of random tokens: the same for every engine. */
import { readFileSync } from "node:fs";
import { type Example, Random } from "../../src/data/index.ts";
import { root } from "./python.ts";
import type { Shape } from "./shapes.ts";

export type Kind = "sft" | "dpo";
export const kinds: readonly Kind[] = ["sft", "dpo"];

/** How a row is written for the peers. */
export interface WrittenRow {
  readonly prompt: readonly number[];
  readonly responses: readonly (readonly number[])[];
}

export type WrittenBatches = Readonly<Record<Kind, readonly (readonly WrittenRow[])[]>>;

/** `count` batches of each kind. Rows' lengths are drawn from rows/lengths.json; a response ends with token 0. */
export function drawBatches(shape: Shape, count: number, seed: number): WrittenBatches {
  const lengths = JSON.parse(readFileSync(`${root}bench/rows/lengths.json`, "utf8")) as Record<
    Kind,
    number[][]
  >;
  const random = new Random(seed, "benchmark");
  const ids = (length: number) => Array.from({ length }, () => 1 + random.integer(shape.vocabulary - 1));
  const tokens = (characters: number) => Math.round(characters / shape.characters);
  const row = (kind: Kind): WrittenRow => {
    const [prompt, ...responses] = lengths[kind][random.integer(lengths[kind].length)]!;
    return {
      prompt: ids(Math.max(1, tokens(prompt!))),
      responses: responses.map((each) => [...ids(tokens(each)), 0]),
    };
  };
  const batches = (kind: Kind) =>
    Array.from({ length: count }, () => Array.from({ length: shape.rows[kind] }, () => row(kind)));
  return { sft: batches("sft"), dpo: batches("dpo") };
}

/** Prompt and response tokens, a prompt once per response: the same count for every engine. */
export function countedTokens(batch: readonly WrittenRow[]): number {
  let tokens = 0;
  for (const { prompt, responses } of batch) {
    for (const response of responses) tokens += prompt.length + response.length;
  }
  return tokens;
}

export function examplesOf(batch: readonly WrittenRow[]): Example[] {
  return batch.map(({ prompt, responses }, row) => ({
    row,
    prompt: Int32Array.from(prompt),
    responses: responses.map((response) => Int32Array.from(response)),
  }));
}
