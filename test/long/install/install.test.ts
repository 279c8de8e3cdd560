import { type SpawnSyncOptions, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const python = join(root, ".venv/bin/python");
if (!existsSync(python)) console.log("no .venv (npm run setup): the installed kernel runs no cell here");

const folder = mkdtempSync(join(tmpdir(), "alright-install-"));
const [home, app, prefix] = ["home", "app", "prefix"].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];

/** Somebody else's environment: nothing of this user's, of Jupyter's, or of the npm that runs these tests. */
const env = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([key]) => !/^(npm_|xdg_|jupyter|alright|node_|virtual_env)/i.test(key),
    ),
  ),
  HOME: home,
};

function output(program: string, args: readonly string[], options: SpawnSyncOptions = {}): string {
  const done = spawnSync(program, args, { cwd: app, env, maxBuffer: 1 << 26, ...options, encoding: "utf8" });
  const said = `${done.stdout}${done.stderr}`;
  expect(done.status, `${program} ${args.join(" ")}\n${done.error ?? ""}${said}`).toBe(0);
  return done.stdout;
}

const alright = (...args: string[]) => output("npx", ["--no-install", "alright", ...args]);

function files(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

beforeAll(() => {
  for (const made of [home, app, prefix]) mkdirSync(made);
  const registry = output("npm", ["config", "get", "registry"], { cwd: root, env: process.env }).trim();
  const packed = output(process.execPath, ["scripts/pack.mjs", folder], { cwd: root, env: process.env });
  const tarball = packed.trim().split("\n").at(-1)!;
  writeFileSync(join(app, "package.json"), JSON.stringify({ private: true, type: "module" }));
  // As the README has it: onnxruntime-node's install script would fetch CUDA's libraries from elsewhere.
  output("npm", ["install", "--ignore-scripts", "--omit=dev", "--registry", registry, tarball]);
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the packed package, installed into an empty folder by a fresh user", () => {
  it("takes 150 MB at most, without onnxruntime's other platforms", () => {
    const others = /[\\/]onnxruntime-node[\\/]bin[\\/]napi-v\d+[\\/](\w+)[\\/](\w+)[\\/]/;
    const counted = files(join(app, "node_modules")).filter((file) => {
      const [, platform, arch] = others.exec(file) ?? [];
      return platform === undefined || (platform === process.platform && arch === process.arch);
    });
    const bytes = counted.reduce((sum, file) => sum + statSync(file).size, 0);
    console.log(`installed: ${(bytes / 1e6).toFixed(1)} MB in ${counted.length} files`);
    expect(bytes).toBeGreaterThan(50e6);
    expect(bytes).toBeLessThanOrEqual(150e6);
  });

  it("brings the licences of what is inside it", () => {
    const bundled = join(app, "node_modules/alright-ts/node_modules");
    for (const name of readdirSync(bundled).filter((entry) => !entry.startsWith(".")))
      expect(readdirSync(join(bundled, name)).join(" "), name).toMatch(/licen[cs]e/i);
  });

  it("is a library whose data frames and training work", () => {
    const script = join(app, "use.mjs");
    writeFileSync(
      script,
      `import { runs, train } from "alright-ts";
      const run = train({
        model: "pythia-tiny",
        data: { sft: "wordnet-sft", dpo: "wordnet-preferences" },
        method: { name: "alright", lambda: 0.5 },
        steps: 2,
        threads: 1,
        ideal: null,
      });
      const { losses } = await run.done;
      console.log(JSON.stringify({ losses, shape: runs().shape }));`,
    );
    const { losses, shape } = JSON.parse(output(process.execPath, [script]).trim().split("\n").at(-1)!);
    for (const loss of [losses.dpo, losses.sft]) expect(Number.isFinite(loss)).toBe(true);
    expect(shape[0]).toBe(1);
  });

  it.skipIf(!existsSync(python))("writes a kernel spec whose kernel runs a cell", () => {
    alright("install", "--prefix", prefix);
    const cell =
      'import { letters } from "./letters.ts";\nconst answer: number = 6 * 7;\nconsole.log(answer, letters);';
    writeFileSync(join(app, "letters.ts"), 'export const letters: string = "λ";\n');
    const answer = output(python, [join(root, "test/long/install/one-cell.py"), app], {
      input: cell,
      env: { ...env, JUPYTER_PATH: join(prefix, "share/jupyter"), PYTHONDONTWRITEBYTECODE: "1" },
    });
    expect(JSON.parse(answer)).toEqual({ status: "ok", stdout: "42 λ\n", stderr: "" });
  });

  it("is upgraded in place, and uninstalled without a trace", () => {
    for (const [where, data] of [
      [["--prefix", prefix], prefix],
      [["--user"], join(home, process.platform === "darwin" ? "Library/Jupyter" : ".local/share/jupyter")],
    ] as const) {
      alright("install", ...where);
      const first = files(data).sort();
      expect(first.filter((file) => file.endsWith("kernel.json"))).toHaveLength(1);
      alright("install", ...where);
      expect(files(data).sort()).toEqual(first);
      alright("uninstall", ...where);
      expect(existsSync(data) ? readdirSync(data) : []).toEqual([]);
    }
  });
});
