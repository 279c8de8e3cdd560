/**
 * A notebook's cell while pythia-tiny trains in the background: the time from its request to its reply (50 cells), and
 * from a SIGKILL of the trainer to the words in the cell that waits for the run.
 *
 *     npm run bench -- cell [--json FILE]
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { json: { type: "string" } } });
const root = fileURLToPath(new URL("../", import.meta.url)).replace(/dist\/$/, "");
const venv = join(root, ".venv");
const out = execFileSync(join(venv, "bin/python"), [join(root, "bench/peers/cell.py")], {
  encoding: "utf8",
  env: { ...process.env, JUPYTER_PATH: join(venv, "share/jupyter") },
  stdio: ["ignore", "pipe", "inherit"],
});
const times = JSON.parse(out) as Record<"median" | "p95" | "most" | "killed", number>;
const ms = (seconds: number) => `${(1000 * seconds).toFixed(0)} ms`;
console.log(
  `a cell answers in ${ms(times.median)} (median), ${ms(times.p95)} (95 %), ${ms(times.most)} (most) while a model trains (reach: < 100 ms)`,
);
console.log(`a killed trainer is said in the cell after ${ms(times.killed)} (reach: 2 s)`);
if (values.json) writeFileSync(values.json, `${JSON.stringify({ name: "cell", times }, null, 2)}\n`);
