import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FreshUser, python, root } from "./fresh-user.ts";

// A machine that many share: an administrator has installed package, kernel and extension; nobody else may write there. Where these
// tests run as root, whom no permission stops, the student is another user.

const administrator = new FreshUser("shared");
const prefix = join(administrator.folder, "prefix");
const student = join(administrator.folder, "student");
const notebooks = join(student, "notebooks");
const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;
const identity = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

/** A Python that the student may run, with what talks to kernels: the environment of these tests, or the system's with its packages. */
function pythonOfTheStudent(): { program: string; env: NodeJS.ProcessEnv } | null {
  const library = join(root, ".venv/lib");
  const version = existsSync(library)
    ? readdirSync(library).find((name) => /^python3/.test(name))
    : undefined;
  const packages = { PYTHONPATH: join(library, version ?? "", "site-packages") };
  for (const [program, env] of [
    [python, {}],
    ["/usr/bin/python3", packages],
  ] as const) {
    const { status } = spawnSync(program, ["-c", "import jupyter_client"], { ...identity, env, cwd: "/" });
    if (status === 0) return { program, env };
  }
  return null;
}

const interpreter = pythonOfTheStudent();
if (!interpreter) console.log("no .venv (npm run setup), or none that others can read: no kernel runs here");

/** Every path below the shared folders, with what tells that it was changed. */
function state(): string[] {
  const entries: string[] = [];
  for (const folder of [administrator.app, prefix])
    for (const name of ["", ...(readdirSync(folder, { recursive: true }) as string[])]) {
      const { size, mtimeMs, ctimeMs } = lstatSync(join(folder, name));
      entries.push(`${join(folder, name)} ${size} ${mtimeMs} ${ctimeMs}`);
    }
  return entries.sort();
}

/** As the student, in the student's own folder. */
const cells = (list: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  administrator.cells(
    list,
    notebooks,
    {
      cwd: notebooks,
      ...identity,
      env: { ...interpreter!.env, HOME: student, JUPYTER_PATH: join(prefix, "share/jupyter"), ...env },
    },
    interpreter!.program,
  );

const train = (options: string) => `
import { train } from "alright-ts";
const run = train({
  model: "pythia-tiny",
  data: { sft: "wordnet-sft", dpo: "wordnet-preferences" },
  method: { name: "mix" },
  steps: 2,
  batchSize: { sft: 2, dpo: 1 },
  evaluation: { every: 2, fraction: 0.02 },
  ideal: null,
  ${options}
});
const { state } = await run.done;
console.log(state);`;

const runs = () =>
  readdirSync(join(notebooks, "runs"))
    .filter((name) => existsSync(join(notebooks, "runs", name, "run.json")))
    .map((name) => join(notebooks, "runs", name));

let before: string[] = [];
beforeAll(() => {
  administrator.npmInstall(administrator.pack());
  administrator.alright("install", "--prefix", prefix);
  mkdirSync(notebooks, { recursive: true });
  chmodSync(administrator.folder, 0o755);
  administrator.output("chmod", ["-R", "a+rX,a-w", administrator.app, prefix]);
  if (isRoot) for (const folder of [student, notebooks]) chownSync(folder, NOBODY, NOBODY);
  before = state();
}, 900_000);
afterAll(() => {
  administrator.output("chmod", ["-R", "u+w", administrator.app, prefix]);
  rmSync(administrator.folder, { recursive: true, force: true });
});

describe.skipIf(!interpreter)("kernel and extension in a prefix that is read-only", () => {
  it("a run goes to the user's own folder, with the threads that the machine grants", () => {
    const [done] = cells([train("threads: 4, seed: 1")], { ALRIGHT_THREADS: "1" });
    expect(done).toMatchObject({ status: "ok", stderr: "" });
    expect(done!.stdout).toMatch(/finished/);
    const [run] = runs();
    const record = JSON.parse(readFileSync(join(run!, "run.json"), "utf8"));
    expect(record.versions.threads).toBe("1");
    if (isRoot) expect(lstatSync(run!).uid).toBe(NOBODY);
  });

  it("a run that would take more memory than granted says so, and the kernel goes on", () => {
    const [refused, next] = cells([train("seed: 2"), "console.log(6 * 7);"], { ALRIGHT_MEMORY: "120MB" });
    expect(refused!.status).toBe("error");
    expect(refused!.error).toMatch(
      /(would take about|took) \d+ MB of memory, and ALRIGHT_MEMORY allows 120 MB; .*batchSize or maxLength needs less/,
    );
    expect(next).toMatchObject({ status: "ok", stdout: "42\n" });
  });

  it.skipIf(process.platform !== "linux")(
    "under `ulimit -v`, what the system refuses is an error of the cell, and the kernel goes on and trains",
    () => {
      // Node and the kernel take 1.8 GB of addresses; two of the arrays below fit beside them, and stay.
      const limited = (list: readonly string[]) => {
        const script = `ulimit -v ${4 * 1024 * 1024}; exec "$0" "$@"`;
        const args = ["-c", script, interpreter!.program, join(import.meta.dirname, "cells.py"), notebooks];
        const env = {
          ...administrator.env,
          ...interpreter!.env,
          HOME: student,
          JUPYTER_PATH: join(prefix, "share/jupyter"),
        };
        const done = spawnSync("bash", args, {
          cwd: notebooks,
          ...identity,
          env: { ...env, PYTHONDONTWRITEBYTECODE: "1" },
          input: JSON.stringify(list),
          encoding: "utf8",
        });
        expect(done.status, done.stderr).toBe(0);
        return JSON.parse(done.stdout) as { status: string; stdout: string; error?: string }[];
      };
      const [large, next, trained] = limited([
        "const kept = [];\nfor (let i = 0; i < 16; i++) kept.push(new Float64Array(2 ** 27));",
        "console.log(kept.length > 0, 6 * 7);",
        train("threads: 1, seed: 3"),
      ]);
      expect(large).toMatchObject({ status: "error", error: expect.stringMatching(/allocation failed/i) });
      expect(next).toMatchObject({ status: "ok", stdout: "true 42\n" });
      expect(trained).toMatchObject({ status: "ok", stdout: "finished\n", stderr: "" });
    },
  );

  it("nothing was written in what is shared", () => {
    expect(runs().length).toBeGreaterThanOrEqual(1);
    expect(state()).toEqual(before);
  });
});
