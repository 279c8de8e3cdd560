import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A Python with torch, transformers and peft: named by `ALRIGHT_TORCH_PYTHON`, or in an environment of the repository. */
export function findTorchPython(): string | undefined {
  const named = process.env.ALRIGHT_TORCH_PYTHON;
  if (named) {
    if (!existsSync(named)) throw new Error(`ALRIGHT_TORCH_PYTHON is ${named}: no such file`);
    return named;
  }
  return [".venv-parity", ".venv-bench"]
    .map((environment) => join(root, environment, "bin", "python"))
    .find((python) => existsSync(python));
}

/** Runs a script of this folder. @returns the JSON of its last line, or undefined where it printed none */
export function runPython(python: string, script: string, ...args: string[]): unknown {
  const { status, stdout, stderr } = spawnSync(python, [join(root, "test", "parity", script), ...args], {
    encoding: "utf8",
    env: { ...process.env, HF_HUB_OFFLINE: "1" },
  });
  if (status !== 0) throw new Error(`${script} ${args.join(" ")} failed:\n${stderr}`);
  const last = stdout.trim().split("\n").at(-1);
  return last ? JSON.parse(last) : undefined;
}
