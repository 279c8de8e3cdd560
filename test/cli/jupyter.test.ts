import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hubCache } from "../../src/cli/doctor/machine.ts";
import { commandIn } from "./alright.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const built = existsSync(join(root, "extension/jupyterlab_alright/labextension/package.json"));
if (!built)
  console.log("install and uninstall are not tested in this run: the extension is not built (npm run setup)");

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "alright-jupyter-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

interface Check {
  readonly name: string;
  readonly state: "ok" | "missing" | "note";
  readonly found: string;
  readonly mend?: string;
}

/** What `alright doctor` says of the environment in `directory`. */
function doctor() {
  const { status, stdout, stderr } = commandIn(directory)("doctor", "--prefix", directory, "--json");
  expect(stderr).toBe("");
  const answer = JSON.parse(stdout) as { ok: boolean; checks: Check[] };
  return { status, ok: answer.ok, check: (name: string) => answer.checks.find((one) => one.name === name)! };
}

/** A Python that says what a test needs it to say. */
function python(says: object): void {
  mkdirSync(join(directory, "bin"), { recursive: true });
  const file = join(directory, "bin", "python");
  writeFileSync(file, `#!/bin/sh\ncat <<'END'\n${JSON.stringify({ prefix: directory, ...says })}\nEND\n`);
  chmodSync(file, 0o755);
}

function put(path: string, content: object): void {
  mkdirSync(join(directory, path, ".."), { recursive: true });
  writeFileSync(join(directory, path), JSON.stringify(content));
}

const jupyter = () => [join(directory, "share", "jupyter")];

describe("alright doctor", () => {
  test("no Python: what training needs is there, what notebooks need is missing, each with what to do", () => {
    const { status, ok, check } = doctor();
    expect([status, ok]).toEqual([1, false]);
    for (const name of ["Node", "onnxruntime"]) expect(check(name).state).toBe("ok");
    expect(check("Python")).toMatchObject({ state: "missing", mend: expect.stringMatching(/Python 3\.9/) });
    for (const name of ["JupyterLab", "kernel", "extension"])
      expect(check(name)).toMatchObject({ state: "missing", mend: expect.stringMatching(/\w/) });
    expect(check("kernel").mend).toBe(`alright install --prefix ${directory}`);
  });

  test("an old Python, an old JupyterLab", () => {
    python({ version: [3, 8], jupyterlab: "3.6.7", paths: jupyter() });
    const { status, check } = doctor();
    expect(status).toBe(1);
    expect(check("Python")).toMatchObject({ state: "missing", found: expect.stringMatching(/^3\.8,/) });
    expect(check("JupyterLab")).toMatchObject({
      state: "missing",
      found: expect.stringMatching(/4 or later/),
    });
  });

  test("all there; then a kernel whose Node is gone, and an extension of another version", () => {
    python({ version: [3, 12], jupyterlab: "4.6.4", paths: jupyter() });
    const main = join(root, "dist/kernel/main.js");
    const kernel = { argv: [process.execPath, "--max-semi-space-size=2", main, "{connection_file}"] };
    put("share/jupyter/kernels/alright/kernel.json", kernel);
    put("share/jupyter/labextensions/jupyterlab-alright/package.json", { version });
    const good = doctor();
    expect([good.status, good.ok]).toEqual([0, true]);
    expect(good.check("kernel")).toMatchObject({ state: "ok", found: expect.stringContaining(version) });

    put("share/jupyter/kernels/alright/kernel.json", { argv: ["/no/such/node", ...kernel.argv.slice(1)] });
    put("share/jupyter/labextensions/jupyterlab-alright/package.json", { version: "0.0.1" });
    const { status, check } = doctor();
    expect(status).toBe(1);
    expect(check("kernel")).toMatchObject({
      state: "missing",
      found: expect.stringContaining("/no/such/node"),
    });
    expect(check("extension").found).toMatch(new RegExp(`is version 0\\.0\\.1; this is ${version}`));
  });

  test("a kernel of the wheel, which looks for Node and the package when it starts", () => {
    python({ version: [3, 12], jupyterlab: "4.6.4", paths: jupyter() });
    put("share/jupyter/kernels/alright/kernel.json", {
      argv: ["python", "-m", "jupyterlab_alright.kernel", "{connection_file}"],
    });
    expect(doctor().check("kernel")).toMatchObject({
      state: "ok",
      found: expect.stringMatching(/of the wheel: starts the alright-ts nearest to a notebook/),
    });
  });

  test("in words: a line for each, and what is missing at the end", () => {
    const { status, stdout } = commandIn(directory)("doctor", "--prefix", directory);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^✓ Node: v\d+/);
    expect(stdout).toMatch(/\nMissing: Python, JupyterLab, kernel, extension\.\n$/);
  });

  test("the hub's cache goes by the variables that its own library goes by", () => {
    expect(hubCache({ HF_HUB_CACHE: "/a", HF_HOME: "/b" })).toBe("/a");
    expect(hubCache({ HF_HOME: "/b" })).toBe("/b/hub");
    expect(hubCache({ XDG_CACHE_HOME: "/c" })).toBe("/c/huggingface/hub");
  });
});

describe.skipIf(!built)("alright install and uninstall", () => {
  test("uninstall leaves nothing behind, also of an installation that was killed", () => {
    const alright = commandIn(directory);
    const prefix = join(directory, "prefix");
    mkdirSync(prefix);
    expect(alright("install", "--prefix", prefix).status).toBe(0);
    expect(existsSync(join(prefix, "share/jupyter/kernels/alright/kernel.json"))).toBe(true);
    expect(existsSync(join(prefix, "share/jupyter/labextensions/jupyterlab-alright/package.json"))).toBe(
      true,
    );
    mkdirSync(join(prefix, "share/jupyter/kernels/alright.new-99"));
    const { status, stdout } = alright("uninstall", "--prefix", prefix);
    expect(status).toBe(0);
    expect(stdout.match(/removed: /g)).toHaveLength(2);
    expect(readdirSync(prefix)).toEqual([]);
    expect(alright("uninstall", "--prefix", prefix).stdout.match(/not there: /g)).toHaveLength(2);
    expect(readdirSync(prefix)).toEqual([]);
  });

  test("uninstall leaves what others have put there; --user is the user's own data directory", () => {
    const data = join(directory, "data");
    const alright = commandIn(directory, { ...process.env, JUPYTER_DATA_DIR: data });
    mkdirSync(join(data, "kernels", "python3"), { recursive: true });
    expect(alright("install", "--user").status).toBe(0);
    expect(readdirSync(join(data, "kernels")).sort()).toEqual(["alright", "python3"]);
    expect(alright("uninstall").status).toBe(0);
    expect(readdirSync(data)).toEqual(["kernels"]);
    expect(readdirSync(join(data, "kernels"))).toEqual(["python3"]);
  });

  test("two places at once are an error", () => {
    const { status, stderr } = commandIn(directory)("install", "--user", "--prefix", directory);
    expect([status, stderr]).toEqual([
      1,
      "alright: --user and --prefix exclude one another; give one of them\n",
    ]);
  });
});
