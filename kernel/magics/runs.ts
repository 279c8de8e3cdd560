import { join } from "node:path";
import { shown, shownColumns, sortRows } from "../../src/runs/columns.ts";
import type { RunRow } from "../../src/runs/list.ts";
import { displayData } from "../runtime/display.ts";
import { sessionRuns, sessionSweeps, stateOf } from "../runtime/runs.ts";
import { renderTable } from "../runtime/table.ts";
import { type Call, type Magic, MagicError } from "./magic.ts";

const STATES = ["preparing", "running", "paused", "finished", "stopped", "failed"];

export const runs: Magic = {
  name: "runs",
  help: "a table of the session's runs, its sweeps' among them, or of all in a directory: state, losses, gaps, distance, hypervolume that each adds, time, memory; its value is the table as a data frame",
  word: { name: "all", help: "all", optional: true, values: ["all"] },
  options: {
    runs: {
      type: "path",
      kind: "file",
      default: "runs",
      help: "directory of run directories, for %runs all",
    },
    sort: {
      type: "string",
      help: "a column, the smallest first; -COLUMN: the largest first (default: the newest last)",
    },
    method: { type: "words", kind: "method", help: "only runs of these methods" },
    state: { type: "words", values: STATES, help: "only runs in these states" },
    csv: { type: "path", kind: "file", help: "also writes the table to this CSV file" },
    json: { type: "path", kind: "file", help: "also writes the table to this JSON file" },
    force: { type: "boolean", help: "replaces a file that is there" },
  },
  value: 'ReturnType<typeof import("alright-ts").runs>',
  examples: [
    "%runs",
    "%runs all sort=idealDistance",
    "%runs all method=alright,maxright csv=runs.csv",
    "const table = %runs",
  ],
  async run(call) {
    const rows = await rowsOf(call);
    for (const format of ["csv", "json"] as const) {
      const file = call.options[format] as string | undefined;
      if (file === undefined) continue;
      const { exportRuns } = await import("../../src/runs/export.ts");
      const path = exportRuns(rows, file, format, { force: call.options.force === true });
      process.stdout.write(`${rows.length} runs written to ${path}\n`);
    }
    if (call.assigned) {
      const { runsFrame } = await import("../../src/runs/table.ts");
      return runsFrame(rows);
    }
    displayData(
      renderTable(
        shownColumns.map(({ title }) => title),
        rows.map((row) => shownColumns.map((column) => shown(column, row[column.key]))),
      ),
    );
    return undefined;
  },
};

async function rowsOf({ words: [which], options }: Call): Promise<RunRow[]> {
  const { listRuns, runRows, sayUnreadable } = await import("../../src/runs/list.ts");
  const { sort, method, state } = options as {
    sort?: string;
    method?: readonly string[];
    state?: readonly string[];
  };
  const only = { ...(method && { method }), ...(state && { state }) };
  const rows =
    which === "all"
      ? listRuns({
          ...only,
          runs: (options.runs as string | undefined) ?? "runs",
          onUnreadable: sayUnreadable,
        })
      : runRows(await sessionEntries(), only);
  if (sort === undefined) return rows;
  try {
    return sortRows(rows, sort);
  } catch (error) {
    throw new MagicError(`%runs: sort=${sort}: ${(error as Error).message}`);
  }
}

/** The session's runs, in the state that their handles are in: on disk, one that just starts has none yet. */
async function sessionEntries() {
  const { readEntries } = await import("../../src/runs/list.ts");
  const all = sessionRuns();
  const entries = readEntries(all.map(({ directory }) => directory));
  return [
    ...entries.map((entry, i) => ({ ...entry, figures: { ...entry.figures, state: stateOf(all[i]!) } })),
    ...readEntries(await sweptDirectories(new Set(all.map(({ id }) => id))), { onUnreadable: () => {} }),
  ];
}

/** Of the runs of the session's sweeps, but for those that the session has in hand. */
async function sweptDirectories(known: ReadonlySet<string>): Promise<string[]> {
  const { SweepDirectory } = await import("../../src/sweeps/record.ts");
  const { runsOfSweep } = await import("../../src/sweeps/runs-of-sweep.ts");
  return sessionSweeps().flatMap(({ directory }) => {
    const record = new SweepDirectory(directory).read();
    return runsOfSweep(record, known).map(({ id }) => join(record.runs, id));
  });
}
