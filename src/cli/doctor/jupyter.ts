import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { KERNEL, LABEXTENSION, packageRoot, userDataDirectory } from "../install.ts";
import type { Check } from "./check.ts";

/** What the kernel spec of the wheel `jupyterlab-alright` starts. */
const WHEEL_LAUNCHER = "jupyterlab_alright.kernel";

/** What a Python says of itself. */
interface Python {
  readonly command: string;
  readonly version: readonly [number, number];
  readonly prefix: string;
  readonly jupyterlab: string | null;
  /** Where its Jupyter looks for kernels and extensions; null without Jupyter. */
  readonly paths: readonly string[] | null;
}

/** What notebooks need: Python, JupyterLab, and kernel and extension in it. @param prefix look at the environment there */
export function checkJupyter(prefix: string | undefined): Check[] {
  const python = findPython(prefix);
  const mendInstall = `alright install ${prefix === undefined ? "--user (or --sys-prefix)" : `--prefix ${prefix}`}`;
  const paths = [
    ...(prefix === undefined ? [] : [join(prefix, "share", "jupyter")]),
    ...(python?.paths ?? (prefix === undefined ? [userDataDirectory()] : [])),
  ];
  return [
    checkPython(python),
    checkLab(python),
    checkKernel(paths, mendInstall),
    checkExtension(paths, mendInstall),
  ];
}

const question = `
import json, sys
def version(name):
    try:
        from importlib.metadata import version
        return version(name)
    except Exception:
        return None
try:
    from jupyter_core.paths import jupyter_path
    paths = jupyter_path()
except Exception:
    paths = None
print(json.dumps({"version": sys.version_info[:2], "prefix": sys.prefix, "jupyterlab": version("jupyterlab"), "paths": paths}))
`;

/** The first Python with JupyterLab: of the clone, of the active environment, of the PATH; else the first of all. */
function findPython(prefix: string | undefined): Python | null {
  const { VIRTUAL_ENV, CONDA_PREFIX } = process.env;
  const inside = (environment: string | undefined) =>
    environment === undefined
      ? []
      : [join(environment, "bin", "python"), join(environment, "Scripts", "python.exe")];
  const candidates =
    prefix !== undefined
      ? inside(prefix)
      : [
          ...inside(VIRTUAL_ENV),
          ...inside(CONDA_PREFIX),
          ...inside(join(packageRoot, ".venv")),
          "python3",
          "python",
        ];
  const found: Python[] = [];
  for (const command of candidates) {
    try {
      const said = execFileSync(command, ["-c", question], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
      const python = { command, ...(JSON.parse(said) as Omit<Python, "command">) };
      if (python.jupyterlab) return python;
      found.push(python);
    } catch {}
  }
  return found[0] ?? null;
}

function checkPython(python: Python | null): Check {
  const name = "Python";
  if (!python)
    return {
      name,
      state: "missing",
      found: "none runs",
      mend: "install Python 3.9 or later (python.org, apt, brew); only notebooks need it",
    };
  const [major, minor] = python.version;
  const found = `${major}.${minor}, ${python.command}`;
  return major > 3 || (major === 3 && minor >= 9)
    ? { name, state: "ok", found }
    : { name, state: "missing", found, mend: "JupyterLab needs Python 3.9 or later" };
}

function checkLab(python: Python | null): Check {
  const name = "JupyterLab";
  const mend = "in a clone npm start installs it; elsewhere: python3 -m pip install 'jupyterlab>=4'";
  const version = python?.jupyterlab ?? null;
  if (version === null) return { name, state: "missing", found: "not installed", mend };
  const found = `${version}, in ${python!.prefix}`;
  return Number.parseInt(version, 10) >= 4
    ? { name, state: "ok", found }
    : { name, state: "missing", found: `${found}; 4 or later is needed`, mend };
}

function checkKernel(paths: readonly string[], mend: string): Check {
  const name = "kernel";
  const folder = paths.map((path) => join(path, "kernels", KERNEL)).find(existsSync);
  if (folder === undefined) return { name, state: "missing", found: "not installed", mend };
  const file = join(folder, "kernel.json");
  const [node, ...rest] = (readJson(file)?.argv ?? []) as string[];
  if (rest[0] === "-m" && rest[1] === WHEEL_LAUNCHER)
    return {
      name,
      state: "ok",
      found: `${folder}, of the wheel: starts the alright-ts nearest to a notebook`,
    };
  const main = rest.find((one) => !one.startsWith("-"));
  if (node === undefined || main === undefined)
    return { name, state: "missing", found: `${file} does not say what to start`, mend };
  for (const needed of [node, main])
    if (!existsSync(needed))
      return { name, state: "missing", found: `${folder} starts ${needed}, which is not there`, mend };
  return fits(name, folder, versionAbove(main), mend);
}

function checkExtension(paths: readonly string[], mend: string): Check {
  const name = "extension";
  const folder = paths.map((path) => join(path, "labextensions", LABEXTENSION)).find(existsSync);
  if (folder === undefined) return { name, state: "missing", found: "not installed", mend };
  const version = readJson(join(folder, "package.json"))?.version;
  return fits(name, folder, typeof version === "string" ? version : null, mend);
}

/** Kernel, extension and library speak one protocol: their versions are the same. */
function fits(name: string, folder: string, version: string | null, mend: string): Check {
  const own = readJson(join(packageRoot, "package.json"))!.version as string;
  if (version === own) return { name, state: "ok", found: `${version}, ${folder}` };
  return {
    name,
    state: "missing",
    found: `${folder} is version ${version ?? "unknown"}; this is ${own}`,
    mend,
  };
}

/** The version of the `alright-ts` that a file belongs to. */
function versionAbove(file: string): string | null {
  let place = dirname(realpathSync(file));
  for (; dirname(place) !== place; place = dirname(place)) {
    const described = readJson(join(place, "package.json"));
    if (described?.name === "alright-ts") return String(described.version);
  }
  return null;
}

function readJson(file: string): Record<string, unknown> | null {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  } catch {
    return null;
  }
}
