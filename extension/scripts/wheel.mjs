// `npm run wheel -w extension [-- DIR]`: the built extension and the kernel spec as a wheel, in DIR (dist/ beside this file's folder).
// Python's own tools make it, in the environment that `npm run setup` made, or with the python3 of the PATH.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const folder = dirname(dirname(fileURLToPath(import.meta.url)));
const target = resolve(process.argv[2] ?? join(folder, "dist"));
const fail = (message) => {
  process.stderr.write(`${message}\n`);
  process.exit(1);
};

if (!existsSync(join(folder, "jupyterlab_alright/labextension/package.json")))
  fail("The extension is not built: npm run build -w extension");
const spec = join(folder, "../dist/kernel/spec.js");
if (!existsSync(spec)) fail("The library is not built: npm run build");
const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
if (!readFileSync(join(folder, "pyproject.toml"), "utf8").includes(`\nversion = "${version}"\n`))
  fail(`pyproject.toml and package.json (${version}) have different versions; make them the same`);

const own = join(folder, "..", ".venv", process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
const python = existsSync(own) ? own : "python3";
mkdirSync(target, { recursive: true });
// From a copy: pip would take what lies beside the package along, and who installs with pip removes with pip.
const copy = mkdtempSync(join(tmpdir(), "alright-wheel-"));
for (const name of ["pyproject.toml", "README.md", "jupyterlab_alright"])
  cpSync(join(folder, name), join(copy, name), { recursive: true, filter: (file) => !file.includes("__pycache__") });
writeFileSync(
  join(copy, "jupyterlab_alright/labextension/install.json"),
  JSON.stringify({
    packageManager: "python",
    packageName: "jupyterlab_alright",
    uninstallInstructions: "Run: pip uninstall jupyterlab_alright",
  }),
);
// The kernel spec is the library's own, but what it starts finds Node and the package when it starts.
const { writeKernelSpec } = await import(pathToFileURL(spec).href);
const kernelspec = join(copy, "jupyterlab_alright/kernelspec");
await writeKernelSpec(kernelspec);
const kernel = JSON.parse(readFileSync(join(kernelspec, "kernel.json"), "utf8"));
// Jupyter starts the Python of its own environment for "python"; what the library's own spec tells node goes on to it.
const nodeOptions = kernel.argv.filter((argument) => argument.startsWith("--"));
const argv = ["python", "-m", "jupyterlab_alright.kernel", ...nodeOptions, "{connection_file}"];
writeFileSync(join(kernelspec, "kernel.json"), `${JSON.stringify({ ...kernel, argv }, null, 2)}\n`);
const pip = ["-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"];
const { status, error } = spawnSync(python, [...pip, "--wheel-dir", target, copy], { stdio: "inherit" });
rmSync(copy, { recursive: true, force: true });
if (status !== 0) fail(`The wheel could not be made${error ? `: ${error.message}` : " (pip's message is above)"}.`);
process.stdout.write(`${join(target, `jupyterlab_alright-${version}-py3-none-any.whl`)}\n`);
