import { sortRows } from "../../../src/runs/columns.ts";
import type { RunRow } from "../../../src/runs/row.ts";
import type { ListedRun } from "./run-list.ts";

export interface Choice {
  /** Words that all have to be in a run's name, method, model, id or state. */
  readonly words: string;
  /** Only this state; empty: any. */
  readonly state: string;
  /** A column, with `-` before it the largest first. Null: the newest first. */
  readonly sort: string | null;
}

/** The runs that a reader asked for, in their order; those that are not read come last. */
export function chosenRuns(runs: readonly ListedRun[], { words, state, sort }: Choice): ListedRun[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const found = runs.filter(({ name, row, problem }) => {
    if (state && (row?.state ?? (problem ? "unreadable" : "")) !== state) return false;
    const text = [name, row?.name, row?.method, row?.model, row?.state, row && lambdaText(row)]
      .join(" ")
      .toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
  if (sort === null) return found;
  const byPath = new Map(found.map((run) => [run.path, run]));
  const rows = sortRows(
    found.flatMap(({ row }) => row ?? []),
    sort,
  );
  return [...rows.map((row) => byPath.get(row.directory)!), ...found.filter(({ row }) => row === null)];
}

function lambdaText({ lambda }: RunRow): string {
  return lambda === null ? "" : `λ=${lambda}`;
}
