import { parseArgs } from "node:util";
import { listRuns, type RunRow } from "../runs/list.ts";

/** `alright runs [--runs DIR] [--json]`: the runs of a directory as a table, or as JSON. */
export function runsCommand(args: readonly string[]): number {
  const { values } = parseArgs({
    args: [...args],
    options: { runs: { type: "string" }, json: { type: "boolean" } },
  });
  const rows = listRuns(values.runs === undefined ? {} : { runs: values.runs });
  if (values.json) console.log(JSON.stringify(rows, null, 2));
  else if (rows.length === 0) console.log(`no runs in ${values.runs ?? "runs"}`);
  else for (const line of table(rows)) console.log(line);
  return 0;
}

const columns: readonly (readonly [string, (row: RunRow) => string])[] = [
  ["run", (row) => row.id],
  ["name", (row) => row.name],
  ["model", (row) => row.model],
  ["state", (row) => row.state],
  ["step", (row) => `${row.step}/${row.steps}`],
  ["f_SFT", (row) => digits(row.sft)],
  ["f_DPO", (row) => digits(row.dpo)],
  ["to ideal", (row) => digits(row.idealDistance)],
];

function table(rows: readonly RunRow[]): string[] {
  const cells = [columns.map(([title]) => title), ...rows.map((row) => columns.map(([, cell]) => cell(row)))];
  const widths = columns.map((_, c) => Math.max(...cells.map((line) => line[c]!.length)));
  return cells.map((line) =>
    line
      .map((cell, c) => cell.padEnd(widths[c]!))
      .join("  ")
      .trimEnd(),
  );
}

function digits(value: number | null): string {
  return value === null ? "" : value.toPrecision(4);
}
