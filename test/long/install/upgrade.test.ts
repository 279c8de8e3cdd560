import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FreshUser, files } from "./fresh-user.ts";

const user = new FreshUser("upgrade");
const prefix = join(user.folder, "prefix");
const OLD = "0.0.9";
let [tarball, oldTarball] = ["", ""];

/** The same package as an earlier version: its number, and a file that the new one does not have. */
function olderThan(newer: string): string {
  const folder = join(user.folder, "older");
  mkdirSync(folder);
  user.output("tar", ["-xzf", newer, "-C", folder]);
  const extension = "package/extension/jupyterlab_alright/labextension";
  for (const file of ["package/package.json", `${extension}/package.json`]) {
    const path = join(folder, file);
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), version: OLD }));
  }
  writeFileSync(join(folder, extension, "static/of-the-old-version.js"), "");
  const packed = join(user.folder, `alright-ts-${OLD}.tgz`);
  user.output("tar", ["-czf", packed, "-C", folder, "package"]);
  rmSync(folder, { recursive: true });
  return packed;
}

interface Check {
  readonly name: string;
  readonly state: string;
  readonly found: string;
  readonly mend?: string;
}

/** What `alright doctor` says of kernel and extension in the prefix; it fails where something is missing. */
function doctor(): { kernel: Check; extension: Check } {
  const script = 'npx --no-install alright doctor --prefix "$0" --json || true';
  const { checks } = JSON.parse(user.output("sh", ["-c", script, prefix])) as { checks: Check[] };
  const of = (name: string) => checks.find((check) => check.name === name)!;
  return { kernel: of("kernel"), extension: of("extension") };
}

beforeAll(() => {
  tarball = user.pack();
  oldTarball = olderThan(tarball);
  user.npmInstall(oldTarball);
  user.alright("install", "--prefix", prefix);
}, 900_000);
afterAll(() => rmSync(user.folder, { recursive: true, force: true }));

describe("an older version, and the new one over it", () => {
  it("the older one is whole", () => {
    const { kernel, extension } = doctor();
    for (const { state, found } of [kernel, extension]) {
      expect(state).toBe("ok");
      expect(found).toContain(OLD);
    }
  });

  it("between npm install and alright install, the extension is told to be too old, with what to do", () => {
    user.npmInstall(tarball);
    const { extension } = doctor();
    expect(extension.state).toBe("missing");
    expect(extension.found).toMatch(/is version 0\.0\.9; this is \d+\.\d+\.\d+/);
    expect(extension.mend).toBe(`alright install --prefix ${prefix}`);
  });

  it("afterwards all is as if it had been installed afresh, and nothing of the old one is left", () => {
    user.alright("install", "--prefix", prefix);
    const { kernel, extension } = doctor();
    expect([kernel.state, extension.state]).toEqual(["ok", "ok"]);
    const upgraded = files(prefix).map((file) => [file, readFileSync(file, "base64")]);
    expect(upgraded.map(([file]) => file).join("\n")).not.toMatch(/of-the-old-version/);
    renameSync(prefix, `${prefix}-upgraded`);
    user.alright("install", "--prefix", prefix);
    expect(files(prefix).map((file) => [file, readFileSync(file, "base64")])).toEqual(upgraded);
  });

  it("the kernel is the new one", () => {
    const cell =
      'import { createRequire } from "node:module";\nconsole.log(createRequire(process.cwd() + "/x.js")("alright-ts/package.json").version);';
    const jupyter = { JUPYTER_PATH: join(prefix, "share/jupyter") };
    const { version } = JSON.parse(
      readFileSync(join(user.app, "node_modules/alright-ts/package.json"), "utf8"),
    );
    expect(version).not.toBe(OLD);
    expect(user.cells([cell], user.app, { env: jupyter })).toEqual([
      { status: "ok", stdout: `${version}\n`, stderr: "" },
    ]);
  });
});
