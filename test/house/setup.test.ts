import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "alright-setup-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a piece of the set-up with only `folder` on the PATH. */
function withPath(code: string) {
  const { PYTHON: _, ...env } = process.env;
  return spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    cwd: root,
    encoding: "utf8",
    env: { ...env, PATH: folder },
  });
}

function program(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}

describe("set-up says plainly what is missing", () => {
  const find = 'import { findPython } from "./scripts/python.mjs"; console.log(findPython());';

  it("no Python at all", () => {
    const { status, stderr } = withPath(find);
    expect(status).toBe(1);
    expect(stderr).toContain("Neither python3 nor python is on the PATH");
  });

  it("a Python without venv", () => {
    program("python3", 'case "$2" in *version_info*) echo 3.11;; *) exit 1;; esac');
    const { status, stderr } = withPath(find);
    expect(status).toBe(1);
    expect(stderr).toContain(
      "python3 (3.11) lacks the module venv: on Debian and Ubuntu, apt install python3-venv",
    );
  });

  it("a Python that is too old, and one that will do", () => {
    program("python3", "echo 3.8");
    expect(withPath(find).stderr).toContain("python3 is Python 3.8; 3.9 or later is needed");
    program("python", 'case "$2" in *version_info*) echo 3.12;; esac');
    expect(withPath(find).stdout.trim()).toBe("python");
  });

  it("no npm registry within reach", () => {
    program("npm", "echo 'npm error network' >&2; exit 1");
    const { status, stderr } = withPath(
      'import { installPackages } from "./scripts/setup.mjs"; installPackages("/nowhere/stamp");',
    );
    expect(status).toBe(1);
    expect(stderr).toContain("npm could not install the packages (its message is above).");
    expect(stderr).toContain("Is the network up?");
  });
});

describe("a step", () => {
  it("is done once for the same inputs, again for others, and again when it failed", () => {
    const code = `
      import { once } from "./scripts/steps.mjs";
      const stamp = process.argv[1];
      const done = [];
      once("a", stamp, "1", () => done.push(1));
      once("a", stamp, "1", () => done.push(2));
      try { once("a", stamp, "2", () => { throw new Error("no"); }); } catch { done.push("failed"); }
      once("a", stamp, "2", () => done.push(3));
      console.log(JSON.stringify(done));`;
    const { stdout } = spawnSync(
      process.execPath,
      ["--input-type=module", "-e", code, "--", join(folder, "stamp")],
      { cwd: root, encoding: "utf8" },
    );
    expect(stdout.trim().split("\n").at(-1)).toBe('[1,"failed",3]');
  });
});

it("builds the extension again when anything changes that it is built from", async () => {
  const { extensionSources } = (await import(new URL("../../scripts/setup.mjs", import.meta.url).href)) as {
    extensionSources: readonly string[];
  };
  // What the compiler wrote for the extension: every module of the library that it reads.
  const read = (readdirSync(join(root, "extension/lib/src"), { recursive: true }) as string[])
    .filter((name) => name.endsWith(".js"))
    .map((name) => `src/${name.replaceAll("\\", "/").replace(/\.js$/, ".ts")}`);
  expect(read.length).toBeGreaterThan(30);
  const covered = (file: string) =>
    extensionSources.some((source) => file === source || file.startsWith(`${source}/`));
  expect(read.filter((file) => !covered(file))).toEqual([]);
});
