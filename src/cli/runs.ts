import { listRuns, type RunRow, sayUnreadable } from "../runs/list.ts";
import { carryOut, describe } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import { digits } from "./show-number.ts";
import { aligned, csv } from "./table.ts";
import { UsageError } from "./usage.ts";

interface Options {
  readonly runs?: string;
  readonly json?: true;
  readonly csv?: true;
}

const command = () =>
  describe({
    name: "runs",
    summary: "Lists the runs of a directory, the newest last, with their losses on the evaluation rows.",
    examples: [
      ["alright runs", "of ./runs"],
      ["alright runs --runs /scratch/runs --csv > runs.csv", "for a spreadsheet"],
      ["alright runs --json", "as JSON, numbers in full precision"],
    ],
  })
    .option("--runs <dir>", "directory of run directories (default: runs)")
    .option("--json", "as one JSON array")
    .option("--csv", "as CSV");

/** `alright runs`: the runs of a directory as a table, JSON or CSV. */
export function runsCommand(args: readonly string[]): Promise<number> {
  return carryOut<Options>(command(), args, (options) => {
    if (options.json && options.csv)
      throw new UsageError("--json and --csv exclude one another; give one of them");
    let code: number = exitCodes.done;
    const rows = listRuns({
      ...(options.runs === undefined ? {} : { runs: options.runs }),
      onUnreadable(error) {
        sayUnreadable(error);
        code = exitCodes.failed;
      },
    });
    if (options.json) console.log(JSON.stringify(rows, null, 2));
    else if (options.csv) process.stdout.write(csv(columns, rows as unknown as Record<string, unknown>[]));
    else if (rows.length === 0) console.log(`no runs in ${options.runs ?? "runs"}`);
    else for (const line of aligned([shown.map(([title]) => title), ...rows.map(cells)])) console.log(line);
    return code;
  });
}

const cells = (row: RunRow) => shown.map(([, cell]) => cell(row));

const shown: readonly (readonly [string, (row: RunRow) => string])[] = [
  ["run", (row) => row.id],
  ["name", (row) => row.name],
  ["model", (row) => row.model],
  ["state", (row) => row.state],
  ["step", (row) => `${row.step}/${row.steps}`],
  ["f_SFT", (row) => digits(row.sft)],
  ["f_DPO", (row) => digits(row.dpo)],
  ["to ideal", (row) => digits(row.idealDistance)],
];

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
