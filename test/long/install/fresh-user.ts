import { type SpawnSyncOptions, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

export const root = fileURLToPath(new URL("../../../", import.meta.url));
/** A Python with JupyterLab. */
export const python = join(root, ".venv/bin/python");

/** Somebody with an empty home, an empty folder for npm, and nothing of this user's, of Jupyter's, or of the npm that runs these tests. */
export class FreshUser {
  readonly folder: string;
  readonly home: string;
  /** Where the package is installed. */
  readonly app: string;
  readonly env: NodeJS.ProcessEnv;

  constructor(name: string) {
    this.folder = mkdtempSync(join(tmpdir(), `alright-${name}-`));
    this.home = join(this.folder, "home");
    this.app = join(this.folder, "app");
    for (const made of [this.home, this.app]) mkdirSync(made);
    const foreign = /^(npm_|xdg_|jupyter|alright|node_|virtual_env|pythonpath)/i;
    this.env = {
      ...Object.fromEntries(Object.entries(process.env).filter(([key]) => !foreign.test(key))),
      HOME: this.home,
    };
  }

  /** Runs a program, which has to succeed. @returns its standard output */
  output(program: string, args: readonly string[], options: SpawnSyncOptions = {}): string {
    const done = spawnSync(program, args, {
      cwd: this.app,
      env: this.env,
      maxBuffer: 1 << 26,
      ...options,
      encoding: "utf8",
    });
    const said = `${done.stdout}${done.stderr}`;
    expect(done.status, `${program} ${args.join(" ")}\n${done.error ?? ""}${said}`).toBe(0);
    return done.stdout;
  }

  alright(...args: string[]): string {
    return this.output("npx", ["--no-install", "alright", ...args]);
  }

  /** `npm run pack`. @returns the tarball */
  pack(): string {
    const packed = this.output(process.execPath, ["scripts/pack.mjs", this.folder], {
      cwd: root,
      env: process.env,
    });
    return packed.trim().split("\n").at(-1)!;
  }

  npmInstall(tarball: string): void {
    const registry = this.output("npm", ["config", "get", "registry"], {
      cwd: root,
      env: process.env,
    }).trim();
    if (!existsSync(join(this.app, "package.json")))
      writeFileSync(join(this.app, "package.json"), JSON.stringify({ private: true, type: "module" }));
    // As the README has it: onnxruntime-node's install script would fetch CUDA's libraries from elsewhere.
    this.output("npm", ["install", "--ignore-scripts", "--omit=dev", "--registry", registry, tarball]);
  }

  /** Runs cells in one kernel called `alright`. */
  cells(
    cells: readonly string[],
    where: string,
    options: SpawnSyncOptions = {},
    program = python,
  ): CellResult[] {
    const done = this.output(program, [join(root, "test/long/install/cells.py"), where], {
      input: JSON.stringify(cells),
      ...options,
      env: { ...this.env, PYTHONDONTWRITEBYTECODE: "1", ...options.env },
    });
    return JSON.parse(done) as CellResult[];
  }
}

export interface CellResult {
  readonly status: "ok" | "error";
  readonly stdout: string;
  readonly stderr: string;
  /** The error's name and message. */
  readonly error?: string;
}

/** All files below a directory. */
export function files(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
