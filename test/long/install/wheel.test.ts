import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FreshUser, files, root } from "./fresh-user.ts";

// JupyterLab in an environment of its own, as somebody has it who has never heard of this project.

const user = new FreshUser("wheel");
const venv = join(user.folder, "venv");
const bin = join(venv, "bin");
const work = join(user.folder, "work");
/** What pip needs to find packages, as this user has it. */
const pipSettings = Object.fromEntries(Object.entries(process.env).filter(([key]) => /^PIP_/.test(key)));
let wheel = "";
let before: string[] = [];

const jupyter = (args: string[], env: NodeJS.ProcessEnv = {}) =>
  user.output("sh", ["-c", 'exec "$0" "$@" 2>&1', join(bin, "jupyter"), ...args], {
    cwd: work,
    env: { ...user.env, PATH: `${bin}:${process.env.PATH}`, ...env },
  });
const pip = (...args: string[]) =>
  user.output(join(bin, "pip"), args, { env: { ...process.env, ...pipSettings } });
const listed = () => ({
  kernels: Object.keys(
    JSON.parse(jupyter(["kernelspec", "list", "--json"]).replace(/^[^{]*/, "")).kernelspecs,
  ),
  extensions: jupyter(["labextension", "list"]),
});

/** Files of an environment but compiled Python, which comes with the first import. */
const filesOf = (directory: string) => files(directory).filter((file) => !file.includes("__pycache__"));

beforeAll(() => {
  mkdirSync(work);
  user.output("python3", ["-m", "venv", venv]);
  const lab = readFileSync(join(root, "scripts/requirements.txt"), "utf8").match(/^jupyterlab.*$/m)![0];
  pip("install", "--quiet", lab);
  const built = user.output(process.execPath, ["extension/scripts/wheel.mjs", user.folder], {
    cwd: root,
    env: process.env,
  });
  wheel = built.trim().split("\n").at(-1)!;
  before = filesOf(venv);
  user.npmInstall(user.pack());
}, 1_200_000);
afterAll(() => rmSync(user.folder, { recursive: true, force: true }));

describe("the wheel jupyterlab-alright", () => {
  it("installs, and Jupyter lists its extension and its kernel", () => {
    console.log(`wheel: ${(statSync(wheel).size / 1e6).toFixed(2)} MB`);
    pip("install", "--quiet", wheel);
    const { kernels, extensions } = listed();
    expect(kernels).toContain("alright");
    expect(extensions).toMatch(/jupyterlab-alright v\d+\.\d+\.\d+ .*enabled.*OK/);
    expect(extensions).toMatch(/jupyterlab-alright.*\(python, jupyterlab_alright\)/);
  });

  it("its kernel runs the alright-ts of the notebook's folder", () => {
    const env = { PATH: `${bin}:${process.env.PATH}` };
    const below = join(user.app, "lessons", "one");
    mkdirSync(below, { recursive: true });
    const run = user.output(join(bin, "python"), [join(root, "test/long/install/cells.py"), below], {
      input: JSON.stringify(["const answer: number = 6 * 7;\nconsole.log(answer);"]),
      env: { ...user.env, ...env },
    });
    expect(JSON.parse(run)).toEqual([{ status: "ok", stdout: "42\n", stderr: "" }]);
  });

  it("says what is missing where there is no alright-ts, or no Node", () => {
    const start = (env: NodeJS.ProcessEnv) =>
      user.output(
        "sh",
        [
          "-c",
          '"$0" -m jupyterlab_alright.kernel connection.json 2>&1; echo "exit code $?"',
          join(bin, "python"),
        ],
        { cwd: work, env: { ...user.env, ...env } },
      );
    expect(start({})).toMatch(
      /^The ALRIGHT kernel can't start\.\nNo alright-ts was found in a node_modules of .*work or above it.*\nInstall it in one of them.*\nexit code 1\n$/,
    );
    expect(start({ ALRIGHT_TS: work })).toMatch(
      /ALRIGHT_TS is .*work, and has no dist\/kernel\/main\.js.*\nexit code 1/,
    );
    expect(start({ ALRIGHT_NODE: "no-such-node" })).toMatch(
      /There is no no-such-node on the PATH\..*\nexit code 1/,
    );
    const old = join(work, "old-node");
    writeFileSync(old, "#!/bin/sh\necho v18.20.1\n", { mode: 0o755 });
    expect(start({ ALRIGHT_NODE: old })).toMatch(/is v18\.20\.1; Node 20 or later is needed.*\nexit code 1/);
  });

  it("is uninstalled without a trace", () => {
    pip("uninstall", "--quiet", "--yes", "jupyterlab-alright");
    expect(filesOf(venv)).toEqual(before);
    const { kernels, extensions } = listed();
    expect(kernels).not.toContain("alright");
    expect(extensions).not.toMatch(/jupyterlab-alright/);
    expect(existsSync(join(venv, "share/jupyter/kernels/alright"))).toBe(false);
  });
});

describe("npx alright install", () => {
  it.each([
    ["--sys-prefix", () => join(venv, "share/jupyter"), [], {}],
    ["--user", () => join(user.home, ".local/share/jupyter"), [], {}],
    [
      "--prefix",
      () => join(work, "prefix/share/jupyter"),
      [join(work, "prefix")],
      { JUPYTER_PATH: join(work, "prefix/share/jupyter") },
    ],
  ] as const)(
    "%s: Jupyter lists kernel and extension there, and neither once uninstalled",
    (flag, place, rest, env) => {
      const npx = (command: string) =>
        user.output("npx", ["--no-install", "alright", command, flag, ...rest], {
          env: { ...user.env, VIRTUAL_ENV: venv },
        });
      const here = filesOf(place());
      npx("install");
      const specs = JSON.parse(
        jupyter(["kernelspec", "list", "--json"], env).replace(/^[^{]*/, ""),
      ).kernelspecs;
      expect(specs.alright.resource_dir).toBe(join(place(), "kernels/alright"));
      const extensions = jupyter(["labextension", "list"], env);
      expect(extensions).toContain(join(place(), "labextensions"));
      expect(extensions).toMatch(/jupyterlab-alright v\d+\.\d+\.\d+ .*enabled.*OK/);
      npx("uninstall");
      expect(filesOf(place())).toEqual(here);
      expect(jupyter(["labextension", "list"], env)).not.toMatch(/jupyterlab-alright/);
      if (flag === "--prefix") expect(readdirSync(join(work, "prefix"))).toEqual([]);
    },
  );
});
