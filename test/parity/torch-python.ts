import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
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

/** A script of this folder that answers lines with lines; Python loads torch once for all of them. */
export class PythonAnswers {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #waiting: { resolve(answer: unknown): void; reject(error: Error): void }[] = [];
  #errors = "";

  /** @param environment of Python, beside this one's; the hub is out of its reach by default */
  constructor(python: string, script: string, environment: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(python, [join(root, "test", "parity", script), "answer"], {
      env: { ...process.env, HF_HUB_OFFLINE: "1", ...environment },
    });
    this.#child.stderr.on("data", (text) => {
      this.#errors += text;
    });
    createInterface(this.#child.stdout).on("line", (line) => {
      if (line.startsWith("answer ")) this.#waiting.shift()?.resolve(JSON.parse(line.slice(7)));
    });
    this.#child.on("close", (code) => {
      for (const { reject } of this.#waiting)
        reject(new Error(`${script} ended with ${code}:\n${this.#errors}`));
    });
  }

  ask(job: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#child.stdin.write(`${JSON.stringify(job)}\n`);
    });
  }

  end(): void {
    this.#child.stdin.end();
  }
}
