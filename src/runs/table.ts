import { createRequire } from "node:module";
import type { DataFrame } from "danfojs-node";
import { runColumns, sortRows } from "./columns.ts";
import { type ListOptions, listRuns, type RunRow, sayUnreadable } from "./list.ts";

/**
 * The one module that loads danfojs-node: half a second and 44 MB, so only when a table is asked for. It is CommonJS,
 * and reads `@tensorflow/tfjs-node`, for which the library brings a stub.
 */
function danfo(): typeof import("danfojs-node") {
  return createRequire(import.meta.url)("danfojs-node") as typeof import("danfojs-node");
}

export interface RunsOptions extends Omit<ListOptions, "runs"> {
  /** The directory of run directories. Default `runs`. */
  readonly dir?: string;
  /** A column (`idealDistance`, `λ`, …), the smallest first; `-idealDistance`: the largest. Default: the newest last. */
  readonly sort?: string;
}

/**
 * The runs below a directory as a DataFrame, one a row: name, state, method, lambda, step, steps, losses (dpo, sft),
 * optimality gaps (dpoGap, sftGap), idealDistance, hypervolume (what the run adds to that of those listed), seconds,
 * peakMemory (bytes), tokens, model, seed, created, directory, id. Numbers are numbers; those that are missing are NaN.
 * A run that can't be read is left out, and said on standard error unless `onUnreadable` takes it.
 * @throws SpecificationError where there is no column to sort by
 */
export function runs({ dir, sort, ...options }: RunsOptions = {}): DataFrame {
  const rows = listRuns({
    onUnreadable: sayUnreadable,
    ...options,
    ...(dir === undefined ? {} : { runs: dir }),
  });
  return runsFrame(sort === undefined ? rows : sortRows(rows, sort));
}

/** Rows of runs as a DataFrame. */
export function runsFrame(rows: readonly RunRow[]): DataFrame {
  const { DataFrame: Frame } = danfo();
  const columns = runColumns.map(({ key }) => key);
  if (rows.length === 0) return new Frame([], { columns });
  const values = rows.map((row) =>
    runColumns.map(({ key, type }) => row[key] ?? (type === "string" ? "" : Number.NaN)),
  );
  return new Frame(values, { columns, dtypes: runColumns.map(({ type }) => type) });
}

/** Rows of anything as a DataFrame, their keys the columns. */
export function dataFrame(rows: readonly object[]): DataFrame {
  const { DataFrame: Frame } = danfo();
  return new Frame([...rows]);
}
