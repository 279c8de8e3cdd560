/**
 * The kernel beside tslab, Deno's and ipykernel's, all through jupyter_client, each in fresh processes, in turn; medians
 * of 5 rounds. tslab and Deno are installed on the first run (`.venv-bench-kernel`); one that can't be is left out, and
 * that is said.
 *
 *     npm run bench -- kernel [--rounds N] [--peers tslab,deno,ipykernel] [--json FILE]
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { kernelSpec } from "../kernel/spec.ts";
import { peers as peersFolder, root } from "./harness/python.ts";
import { median } from "./harness/statistics.ts";
import { formatTable, type Target, verdict } from "./harness/targets.ts";

const TSLAB = "tslab@1.0.22";
const DENO = "deno==2.9.6";
const folder = `${root}.venv-bench-kernel`;
const python = `${root}.venv/bin/python`;

interface Kernel {
  readonly name: string;
  readonly argv: readonly string[];
  readonly kind: "our" | "our-off" | "ts" | "python";
}

type Measure =
  | "ready"
  | "first"
  | "later"
  | "topLevel"
  | "inFunction"
  | "lines"
  | "linesSeconds"
  | "heartbeat"
  | "control"
  | "idleMemory"
  | "usedMemory";
type Row = Partial<Record<Measure, number>>;

const OURS = "this kernel";
const OFF = "this kernel, %typecheck off";

/** Installs what is not there yet. @returns whether it is there now */
function installed(file: string, install: () => void): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    if (!existsSync(file)) install();
  } catch (error) {
    console.log(`${(error as Error).message.split("\n")[0]}`);
  }
  return existsSync(file);
}

function tslab(): Kernel | string {
  const main = `${folder}/lib/node_modules/tslab/bin/tslab`;
  // In a folder of its own, its packages within its own: it looks for Node's types there, and finds others beside this project's.
  const there = installed(main, () =>
    execFileSync(
      "npm",
      ["install", "--global", "--prefix", folder, "--no-audit", "--no-fund", "--loglevel=error", TSLAB],
      {
        stdio: ["ignore", "ignore", "inherit"],
      },
    ),
  );
  if (!there) return `tslab is left out: npm could not install ${TSLAB}`;
  return {
    name: "tslab",
    argv: [process.execPath, main, "kernel", "--config-path", "{connection_file}"],
    kind: "ts",
  };
}

function deno(): Kernel | string {
  const program = `${folder}/deno/bin/deno`;
  const there = installed(program, () => {
    execFileSync("python3", ["-m", "venv", `${folder}/deno`]);
    execFileSync(`${folder}/deno/bin/python`, ["-m", "pip", "install", "--quiet", DENO], {
      stdio: "inherit",
    });
  });
  if (!there) return `Deno is left out: pip could not install ${DENO}`;
  return { name: "Deno", argv: [program, "jupyter", "--kernel", "--conn", "{connection_file}"], kind: "ts" };
}

function ipykernel(): Kernel {
  return {
    name: "ipykernel",
    argv: [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
    kind: "python",
  };
}

/** The loop as a program of its own, in seconds. */
function nodeLoop(): number {
  const scratch = mkdtempSync(join(tmpdir(), "alright-bench-"));
  try {
    const file = join(scratch, "file.js");
    writeFileSync(
      file,
      `function inside() { let s = 0; for (let i = 0; i < 5e7; i++) s += i; return s; }
const begin = performance.now(); inside(); console.log(performance.now() - begin);`,
    );
    return Number(execFileSync(process.execPath, [file], { encoding: "utf8" })) / 1000;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function measure({ name, argv, kind }: Kernel): Row {
  const out = execFileSync(python, [`${peersFolder}kernel.py`, name, JSON.stringify(argv), kind], {
    encoding: "utf8",
    env: { ...process.env, ALRIGHT_HISTORY: "off", ...(kind.startsWith("our") && kernelSpec().env) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(out.trim().split("\n").at(-1)!) as Row;
}

const medians = (rows: readonly Row[]): Row =>
  Object.fromEntries(
    Object.keys(rows[0]!).map((key) => [key, median(rows.map((row) => row[key as Measure] ?? Number.NaN))]),
  );

/** What issue and README promise: times in seconds, memory in megabytes. */
function targetsOf(found: ReadonlyMap<string, Row>, node: number): Target[] {
  const of = (name: string, key: Measure) => found.get(name)?.[key];
  const targets: (Target | null)[] = [];
  const atMost = (name: string, value: number | undefined, limit: number | undefined) =>
    targets.push(value === undefined || limit === undefined ? null : { name, found: value, atMost: limit });
  atMost("start to ready, s (ipykernel's)", of(OURS, "ready"), of("ipykernel", "ready"));
  atMost("first cell, %typecheck off, s", of(OFF, "first"), 0.05);
  atMost("later cells, %typecheck off, s", of(OFF, "later"), 0.005);
  atMost("first cell, s", of(OURS, "first"), 1.5);
  atMost("later cells, s (tslab's)", of(OURS, "later"), of("tslab", "later"));
  atMost("5e7 additions at the top, s (Deno's)", of(OURS, "topLevel"), of("Deno", "topLevel"));
  atMost("5e7 additions in a function, s (1.1 × node)", of(OURS, "inFunction"), 1.1 * node);
  atMost("heartbeat while a cell spins, s", of(OURS, "heartbeat"), 0.02);
  atMost("control while a cell spins, s", of(OURS, "control"), 0.02);
  targets.push({ name: "lines of 20,000", found: of(OURS, "lines") ?? 0, atLeast: 20_000 });
  atMost("memory when idle, MB (tslab's)", of(OURS, "idleMemory"), of("tslab", "idleMemory"));
  atMost("memory after 50 cells, MB (tslab's)", of(OURS, "usedMemory"), of("tslab", "usedMemory"));
  return targets.filter((target) => target !== null);
}

const columns: readonly [Measure, string, (value: number) => string][] = [
  ["ready", "start → ready", (s) => `${s.toFixed(2)} s`],
  ["first", "first cell", (s) => `${(1000 * s).toFixed(0)} ms`],
  ["later", "later cell", (s) => `${(1000 * s).toFixed(1)} ms`],
  ["topLevel", "loop, top", (s) => `${s.toFixed(3)} s`],
  ["inFunction", "loop, function", (s) => `${s.toFixed(3)} s`],
  ["heartbeat", "heartbeat", (s) => `${(1000 * s).toFixed(1)} ms`],
  ["control", "control", (s) => (s >= 2 ? "> 2 s" : `${(1000 * s).toFixed(1)} ms`)],
  ["lines", "lines", (n) => String(n)],
  ["linesSeconds", "20,000 lines", (s) => `${s.toFixed(2)} s`],
  ["idleMemory", "idle", (mb) => `${mb.toFixed(0)} MB`],
  ["usedMemory", "50 cells", (mb) => `${mb.toFixed(0)} MB`],
];

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    peers: { type: "string", default: "tslab,deno,ipykernel" },
    json: { type: "string" },
  },
});
const argv = kernelSpec().argv;
const kernels: Kernel[] = [
  { name: OURS, argv, kind: "our" },
  { name: OFF, argv, kind: "our-off" },
];
for (const name of values.peers.split(",").filter(Boolean)) {
  const make = { tslab, deno, ipykernel }[name];
  if (!make) throw new Error(`--peers ${name}: there are tslab, deno, ipykernel`);
  const peer = make();
  if (typeof peer === "string") console.log(peer);
  else kernels.push(peer);
}
const rows = new Map<string, Row[]>(kernels.map(({ name }) => [name, []]));
const loops: number[] = [];
for (let round = 0; round < Number(values.rounds); round++) {
  for (const kernel of kernels) rows.get(kernel.name)!.push(measure(kernel));
  loops.push(nodeLoop());
}
const found = new Map([...rows].map(([name, all]) => [name, medians(all)]));
const node = median(loops);
const targets = targetsOf(found, node);
console.log(
  formatTable(
    ["", ...columns.map(([, title]) => title)],
    [...found].map(([name, row]) => [
      name,
      ...columns.map(([key, , show]) => (row[key] === undefined ? "–" : show(row[key]))),
    ]),
  ),
);
console.log(`node file.js: ${node.toFixed(3)} s; medians of ${values.rounds} rounds\n`);
console.log(formatTable(["target", "found", "wanted", ""], targets.map(verdict)));
if (values.json)
  writeFileSync(
    values.json,
    `${JSON.stringify({ name: "kernel", node, medians: Object.fromEntries(found), rows: Object.fromEntries(rows), targets }, null, 2)}\n`,
  );
