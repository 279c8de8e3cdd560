// `npm start [-- --no-browser --port N …]`: set-up, then JupyterLab on the first notebook. More arguments go to `jupyter lab`.
import { spawn } from "node:child_process";
import { setup } from "./setup.mjs";
import { root, venvProgram } from "./steps.mjs";

setup();
const passed = process.argv.slice(2);
const named = passed.some((argument) => argument.endsWith(".ipynb"));
// The root user of a container has to say that it may; an account of one's own is untouched by this.
const asRoot = process.getuid?.() === 0 ? ["--allow-root"] : [];
const args = ["lab", ...asRoot, "--ServerApp.root_dir", root, ...passed];
// The address that it prints leads there, too: with --no-browser that is the way in.
if (!named)
  args.push("notebooks/03-pythia.ipynb", "--LabApp.default_url=/lab/tree/notebooks/03-pythia.ipynb");
const lab = spawn(venvProgram("jupyter"), args, { cwd: root, stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => lab.kill(signal));
lab.on("error", (error) => {
  process.stderr.write(
    `JupyterLab could not start: ${error.message}\nDelete .venv and run the command again.\n`,
  );
  process.exitCode = 1;
});
lab.on("exit", (code, signal) => process.exit(signal ? 130 : (code ?? 1)));
