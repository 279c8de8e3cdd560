import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { carryOut, describe } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";

/** Something the person who installs has to mend; the message says what. */
export class InstallError extends Error {}

export const KERNEL = "alright";
export const LABEXTENSION = "jupyterlab-alright";
export const packageRoot = fileURLToPath(new URL("../../../", import.meta.url));

/** Jupyter's data directory of the user (jupyter_core's `jupyter_data_dir`). */
export function userDataDirectory(): string {
  if (process.env.JUPYTER_DATA_DIR) return process.env.JUPYTER_DATA_DIR;
  if (process.platform === "darwin") return join(homedir(), "Library", "Jupyter");
  if (process.platform === "win32") return join(process.env.APPDATA ?? homedir(), "jupyter");
  return join(process.env.XDG_DATA_HOME ?? join(homedir(), ".local", "share"), "jupyter");
}

/** `sys.prefix` of the Python that a plain `jupyter` would run with. */
function pythonPrefix(): string {
  const active = process.env.VIRTUAL_ENV ?? process.env.CONDA_PREFIX;
  if (active) return active;
  for (const python of ["python3", "python"]) {
    try {
      return execFileSync(python, ["-c", "import sys; print(sys.prefix)"], { encoding: "utf8" }).trim();
    } catch {}
  }
  throw new InstallError(
    "--sys-prefix needs a Python on the PATH, and neither python3 nor python runs; use --prefix DIR or --user",
  );
}

export interface Place {
  readonly user?: true;
  readonly sysPrefix?: true;
  readonly prefix?: string;
}

/** Where the kernel and the extension go: a `share/jupyter` of a prefix, or the user's own Jupyter data directory. */
function jupyterDirectory({ user, sysPrefix, prefix }: Place): string {
  const named = [user && "--user", sysPrefix && "--sys-prefix", prefix !== undefined && "--prefix"].filter(
    Boolean,
  );
  if (named.length > 1)
    throw new InstallError(`${named.join(" and ")} exclude one another; give one of them`);
  if (prefix !== undefined) return join(prefix, "share", "jupyter");
  if (sysPrefix) return join(pythonPrefix(), "share", "jupyter");
  return userDataDirectory();
}

/** Puts a folder in place as a whole: written beside, then renamed. */
async function replaceFolder(target: string, fill: (folder: string) => void | Promise<void>): Promise<void> {
  const beside = `${target}.new-${process.pid}`;
  try {
    rmSync(beside, { recursive: true, force: true });
    mkdirSync(beside, { recursive: true });
    await fill(beside);
    rmSync(target, { recursive: true, force: true });
    renameSync(beside, target);
  } catch (error) {
    rmSync(beside, { recursive: true, force: true });
    if (error instanceof InstallError) throw error;
    throw new InstallError(`${target} could not be written: ${(error as Error).message}`);
  }
}

function command(name: "install" | "uninstall", summary: string) {
  return describe({
    name,
    summary,
    examples: [
      [`alright ${name}`, "of the user's own Jupyter directory (as --user)"],
      [`alright ${name} --sys-prefix`, "of the Python environment that is active"],
      [`alright ${name} --prefix /opt/jupyter`, "of an environment anywhere"],
    ],
  })
    .option("--user", "the user's own Jupyter data directory (default)")
    .option(
      "--sys-prefix",
      "the environment of the Python that runs: a venv or conda environment that is active",
    )
    .option("--prefix <dir>", "DIR/share/jupyter");
}

/** `alright install`: kernel and extension into a Jupyter that is there already. */
export function installCommand(args: readonly string[]): Promise<number> {
  const summary = "Puts the kernel and the JupyterLab extension into a Jupyter that is there already.";
  return carryOut<Place>(command("install", summary), args, async (place) => {
    const jupyter = jupyterDirectory(place);
    const built = join(packageRoot, "extension", "jupyterlab_alright", "labextension");
    if (!existsSync(join(built, "package.json"))) {
      throw new InstallError(
        `the JupyterLab extension is not built (${built} has no package.json): run npm run setup`,
      );
    }
    const { writeKernelSpec } = await import(new URL("../../kernel/spec.js", import.meta.url).href);
    const [kernel, extension] = places(jupyter);
    await replaceFolder(kernel, (folder) => writeKernelSpec(folder));
    await replaceFolder(extension, (folder) => cpSync(built, folder, { recursive: true }));
    process.stdout.write(`kernel:    ${kernel}\nextension: ${extension}\n`);
    return exitCodes.done;
  });
}

/** `alright uninstall`: takes both away again, with the directories that then are empty. */
export function uninstallCommand(args: readonly string[]): Promise<number> {
  const summary = "Takes the kernel and the JupyterLab extension away again.";
  return carryOut<Place>(command("uninstall", summary), args, (place) => {
    const jupyter = jupyterDirectory(place);
    for (const folder of places(jupyter)) {
      const there = existsSync(folder);
      removeHalfWritten(folder);
      rmSync(folder, { recursive: true, force: true });
      process.stdout.write(`${there ? "removed:  " : "not there:"} ${folder}\n`);
    }
    for (const folder of ["kernels", "labextensions"]) removeEmpty(join(jupyter, folder));
    if (removeEmpty(jupyter) && (place.prefix !== undefined || place.sysPrefix))
      removeEmpty(dirname(jupyter));
    return exitCodes.done;
  });
}

function places(jupyter: string): [kernel: string, extension: string] {
  return [join(jupyter, "kernels", KERNEL), join(jupyter, "labextensions", LABEXTENSION)];
}

/** What an installation that was killed left beside a folder's place. */
function removeHalfWritten(folder: string): void {
  const parent = dirname(folder);
  if (!existsSync(parent)) return;
  for (const name of readdirSync(parent))
    if (name.startsWith(`${basename(folder)}.new-`)) rmSync(join(parent, name), { recursive: true });
}

/** @returns whether the directory is gone */
function removeEmpty(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch {
    return !existsSync(directory);
  }
}
