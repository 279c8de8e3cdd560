import { currentLoss, idealDistance } from "../../src/figures/gaps.ts";
import { displayData } from "../runtime/display.ts";
import { sessionRuns, snapshotOf } from "../runtime/runs.ts";
import { renderTable } from "../runtime/table.ts";
import { type Magic, RUN_TYPE } from "./magic.ts";

export const runs: Magic = {
  name: "runs",
  help: "lists the session's runs, or all of a directory; its value is the array of the session's",
  word: { name: "all", help: "all", optional: true, values: ["all"] },
  options: {
    runs: {
      type: "path",
      kind: "file",
      default: "runs",
      help: "directory of run directories, for %runs all",
    },
  },
  value: `${RUN_TYPE}[]`,
  examples: ["%runs", "%runs all", "const all = %runs"],
  async run({ assigned, words: [which], options }) {
    const all = sessionRuns();
    if (assigned) return all;
    if (which === "all") {
      const { listRuns } = await import("../../src/runs/list.ts");
      const found = listRuns({ runs: (options.runs as string | undefined) ?? "runs" });
      show(
        found.map((row) => [
          row.id,
          row.name,
          row.method,
          row.lambda,
          row.state,
          `${row.step}/${row.steps}`,
          row.dpo,
          row.sft,
          row.idealDistance,
        ]),
      );
      return undefined;
    }
    const rows = all.map((run) => {
      const snapshot = snapshotOf(run);
      const loss = currentLoss(snapshot);
      const distance = loss && snapshot.ideal ? idealDistance(loss, snapshot.ideal) : null;
      return [
        run.id,
        snapshot.name,
        snapshot.method,
        snapshot.lambda,
        snapshot.state,
        `${snapshot.step}/${snapshot.steps}`,
        loss?.dpo,
        loss?.sft,
        distance,
      ];
    });
    show(rows);
    return undefined;
  },
};

const COLUMNS = ["id", "name", "method", "λ", "state", "step", "DPO loss", "SFT loss", "ideal distance"];

function show(rows: readonly (readonly unknown[])[]): void {
  displayData(renderTable(COLUMNS, rows));
}
