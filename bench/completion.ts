/**
 * A notebook of 50 cells: how soon names, members and a magic's options are completed and inspected, idle and while a
 * cell spins, and what a cell costs with and without type checking (its request to its reply, through jupyter_client).
 *
 *     npm run bench -- completion [--repeats N] [--json FILE]
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

type Questions = Record<"member" | "name" | "option" | "inspect" | "signature" | "magic", number>;
type Seconds = Record<"ready" | "first" | "later" | "unchecked" | "uncheckedFirst", number> &
  Record<"idle" | "spinning", Questions>;

const { values } = parseArgs({
  options: { json: { type: "string" }, repeats: { type: "string", default: "20" } },
});
const root = fileURLToPath(new URL("../", import.meta.url)).replace(/dist\/$/, "");
const venv = join(root, ".venv");
const out = execFileSync(
  join(venv, "bin/python"),
  [join(root, "bench/peers/completion.py"), values.repeats],
  {
    encoding: "utf8",
    env: { ...process.env, JUPYTER_PATH: join(venv, "share/jupyter") },
    stdio: ["ignore", "pipe", "inherit"],
  },
);
const times = JSON.parse(out) as Seconds;
const ms = (seconds: number) => `${(1000 * seconds).toFixed(1)} ms`;
/** The median that the project reaches for, in ms: less where no type is needed. */
const reach = { member: 150, name: 150, inspect: 150, signature: 150, option: 50, magic: 50 } as const;
for (const [name, limit] of Object.entries(reach) as [keyof Questions, number][]) {
  const both = `${ms(times.idle[name])}, while a cell spins ${ms(times.spinning[name])}`;
  console.log(`${name.padEnd(10)} ${both} (median; reach: ${limit} ms)`);
}
console.log(
  `ready ${ms(times.ready)}; first cell ${ms(times.first)} (reach: 1500 ms), later ${ms(times.later)}`,
);
console.log(
  `%typecheck off: first cell ${ms(times.uncheckedFirst)} (reach: 50 ms), later ${ms(times.unchecked)} (reach: 5 ms)`,
);
if (values.json) writeFileSync(values.json, `${JSON.stringify({ name: "completion", times }, null, 2)}\n`);
