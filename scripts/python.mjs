// The Python that makes the environment of JupyterLab.
import { ask, fail } from "./steps.mjs";

/** The first Python ≥ 3.9 that can make a virtual environment. */
export function findPython() {
  const tried = [];
  for (const name of [process.env.PYTHON, "python3", "python"].filter(Boolean)) {
    const version = ask(name, ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]);
    if (!version.ok) continue;
    const [major, minor] = version.output.split(".").map(Number);
    if (major < 3 || (major === 3 && minor < 9)) {
      tried.push(`${name} is Python ${version.output}; 3.9 or later is needed`);
      continue;
    }
    if (ask(name, ["-c", "import venv, ensurepip"]).ok) return name;
    tried.push(
      `${name} (${version.output}) lacks the module venv: on Debian and Ubuntu, apt install python3-venv`,
    );
  }
  return fail(
    "JupyterLab needs Python 3.9 or later with the module venv, and none was found.",
    ...(tried.length
      ? tried.map((line) => `  ${line}`)
      : [
          "  Neither python3 nor python is on the PATH: install Python (python.org, apt, brew), or set PYTHON.",
        ]),
  );
}
