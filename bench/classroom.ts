/**
 * A classroom on one machine: kernels started one after the other, each with one cell run, then idle; as many as fit. What
 * each takes (PSS of all its processes), how long the last ones take to start, and what all of them cost while nobody types.
 *
 *     npm run bench -- classroom [--kernels 30] [--reserve MB] [--settle SECONDS] [--json FILE]
 */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { kernelSpec } from "../kernel/spec.ts";
import { peers, root } from "./harness/python.ts";
import { median } from "./harness/statistics.ts";
import { formatTable, verdict } from "./harness/targets.ts";

interface Started {
  readonly kernel: number;
  /** Seconds until it is ready, and until its first cell is answered. */
  readonly ready: number;
  readonly answered: number;
  readonly pss: number;
}

/** Memory in megabytes. */
interface All {
  readonly kernels: number;
  /** Of each, once all are there: what they share is divided among more of them. */
  readonly pss: readonly number[];
  /** By how much the machine's available memory shrank. */
  readonly taken: number;
  readonly freeBefore: number;
  readonly total: number;
  /** Processor time of all of them, in cores. */
  readonly idleCores: number;
}

const { values } = parseArgs({
  options: {
    kernels: { type: "string", default: "30" },
    reserve: { type: "string", default: "500" },
    settle: { type: "string", default: "3" },
    json: { type: "string" },
  },
});
const { argv, env } = kernelSpec();
const child = spawn(
  `${root}.venv/bin/python`,
  [`${peers}idle_kernels.py`, JSON.stringify(argv), values.kernels, values.reserve, values.settle],
  { env: { ...process.env, ALRIGHT_HISTORY: "off", ...env }, stdio: ["ignore", "pipe", "inherit"] },
);
const started: Started[] = [];
let all: All | null = null;
for await (const line of createInterface({ input: child.stdout })) {
  const row = JSON.parse(line) as Started | All;
  if ("kernels" in row) all = row;
  else {
    started.push(row);
    console.log(
      `kernel ${row.kernel}: ready after ${row.ready.toFixed(2)} s, first cell ${row.answered.toFixed(2)} s, ${row.pss.toFixed(0)} MB`,
    );
  }
}
if (!all) throw new Error("the kernels ended before they were measured (message above)");
const wanted = Number(values.kernels);
const { pss, taken, freeBefore, total, idleCores } = all;
const mb = (value: number) => `${value.toFixed(0)} MB`;
console.log(
  `\n${formatTable(
    [
      "kernels",
      "PSS each, median",
      "largest",
      "all",
      "taken of the machine",
      "free before",
      "machine",
      "idle, cores",
    ],
    [
      [
        String(all.kernels),
        mb(median(pss)),
        mb(Math.max(...pss)),
        mb(pss.reduce((a, b) => a + b, 0)),
        mb(taken),
        mb(freeBefore),
        mb(total),
        idleCores.toFixed(3),
      ],
    ],
  )}\n`,
);
if (all.kernels < wanted)
  console.log(`${all.kernels} of ${wanted} fitted, with ${values.reserve} MB left free`);
const targets = [{ name: "kernels, idle at once", found: all.kernels, atLeast: wanted }];
console.log(formatTable(["target", "found", "wanted", ""], targets.map(verdict)));
if (values.json)
  writeFileSync(values.json, `${JSON.stringify({ name: "classroom", started, all, targets }, null, 2)}\n`);
