import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** Something the person who installs has to mend; the message says what. */
export class InstallError extends Error {}

const KERNEL = "alright";
const LABEXTENSION = "jupyterlab-alright";
const packageRoot = fileURLToPath(new URL("../../../", import.meta.url));

/** Jupyter's data directory of the user (jupyter_core's `jupyter_data_dir`). */
function userDataDirectory(): string {
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

/** Where the kernel and the extension go: a `share/jupyter` of a prefix, or the user's own Jupyter data directory. */
function jupyterDirectory(args: readonly string[]): string {
  const { values } = parseArgs({
    args: [...args],
    options: { user: { type: "boolean" }, "sys-prefix": { type: "boolean" }, prefix: { type: "string" } },
  });
  const named = ["user", "sys-prefix", "prefix"].filter((name) => name in values);
  if (named.length > 1)
    throw new InstallError(`--${named.join(" and --")} exclude one another; give one of them`);
  if (values.prefix !== undefined) return join(values.prefix, "share", "jupyter");
  if (values["sys-prefix"]) return join(pythonPrefix(), "share", "jupyter");
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

/** `alright install [--user | --sys-prefix | --prefix DIR]`: kernel and extension into a Jupyter that is there already. */
export async function install(args: readonly string[]): Promise<void> {
  const jupyter = jupyterDirectory(args);
  const built = join(packageRoot, "extension", "jupyterlab_alright", "labextension");
  if (!existsSync(join(built, "package.json"))) {
    throw new InstallError(
      `the JupyterLab extension is not built (${built} has no package.json): run npm run setup`,
    );
  }
  const { writeKernelSpec } = await import(new URL("../../kernel/spec.js", import.meta.url).href);
  const kernel = join(jupyter, "kernels", KERNEL);
  const extension = join(jupyter, "labextensions", LABEXTENSION);
  await replaceFolder(kernel, (folder) => writeKernelSpec(folder));
  await replaceFolder(extension, (folder) => cpSync(built, folder, { recursive: true }));
  process.stdout.write(`kernel:    ${kernel}\nextension: ${extension}\n`);
}

/** Takes both away again. */
export async function uninstall(args: readonly string[]): Promise<void> {
  const jupyter = jupyterDirectory(args);
  for (const folder of [join(jupyter, "kernels", KERNEL), join(jupyter, "labextensions", LABEXTENSION)]) {
    if (!existsSync(folder)) {
      process.stdout.write(`not there: ${folder}\n`);
      continue;
    }
    rmSync(folder, { recursive: true });
    process.stdout.write(`removed:   ${folder}\n`);
  }
}
