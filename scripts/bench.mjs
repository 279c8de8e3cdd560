// `npm run bench [-- NAME… --json FILE …]`: builds and runs the benchmarks of bench/, all of them or those named.
// Other options go to the benchmark itself. Each says what it measures; the peers' environment is made on the first run.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setup } from "./setup.mjs";
import { fail, root, run } from "./steps.mjs";

const benchmarks = readdirSync(join(root, "bench"))
  .filter((name) => name.endsWith(".ts"))
  .map((name) => name.slice(0, -3));
const args = process.argv.slice(2);
const first = args.findIndex((argument) => argument.startsWith("--"));
const names = first < 0 ? args : args.slice(0, first);
const options = first < 0 ? [] : args.slice(first);
for (const name of names) {
  if (!benchmarks.includes(name)) fail(`no benchmark ${name}: there are ${benchmarks.join(", ")}`);
}
setup();
if (run(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "bench"]) !== 0)
  fail("The benchmarks could not be built.");
for (const name of names.length ? names : benchmarks) {
  process.stdout.write(`\n• ${name}\n`);
  if (run(process.execPath, [`dist/bench/${name}.js`, ...options]) !== 0) process.exitCode = 1;
}
