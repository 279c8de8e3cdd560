import { createRequire } from "node:module";
import type { DataFrame } from "danfojs-node";
import { listRuns, type RunRow } from "./list.ts";

/**
 * The one module that loads danfojs-node: half a second and 44 MB, so only when a table is asked for. It is CommonJS,
 * and reads `@tensorflow/tfjs-node`, for which the library brings a stub.
 */
function danfo(): typeof import("danfojs-node") {
  return createRequire(import.meta.url)("danfojs-node") as typeof import("danfojs-node");
}

/** The runs below a directory as a DataFrame, one a row. @param options.runs default `runs` */
export function runsTable(options: { runs?: string } = {}): DataFrame {
  return dataFrame(listRuns(options));
}

/** Rows (of runs, or of anything) as a DataFrame. */
export function dataFrame(rows: readonly object[]): DataFrame {
  const { DataFrame: Frame } = danfo();
  return rows.length > 0 ? new Frame([...rows]) : new Frame([], { columns: [...columns] });
}

const columns: readonly (keyof RunRow)[] = [
  "id",
  "name",
  "method",
  "lambda",
  "model",
  "state",
  "step",
  "steps",
  "dpo",
  "sft",
  "idealDistance",
  "seconds",
  "tokens",
  "created",
  "directory",
];
