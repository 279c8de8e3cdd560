import { execFile } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { writeKernelSpec } from "../../kernel/spec.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const python = join(root, ".venv/bin/python");
const hasVenv = existsSync(python);
const tslab = join(root, "test/conformance/tslab/node_modules/tslab/bin/tslab");
if (!existsSync(tslab))
  console.warn("The comparison with tslab is skipped: it is not installed (npm test does it)");
if (!hasVenv)
  console.warn("Jupyter's own checks of the kernel are skipped: no .venv (npm run setup makes it)");

/** The kernel with real Jupyter clients; each file is a Python unittest. */
describe.skipIf(!hasVenv)("the kernel in Jupyter", () => {
  const jupyterPath = mkdtempSync(join(tmpdir(), "alright-jupyter-"));

  beforeAll(async () => {
    await writeKernelSpec(join(jupyterPath, "kernels", "alright"));
  });

  const files = [
    "protocol.py",
    "words.py",
    "behaviour.py",
    "interrupts.py",
    "output.py",
    "clients.py",
    "language.py",
    "magics.py",
    "objectives.py",
    "saving.py",
    "sweeps.py",
    "deaths.py",
    "compare.py",
    "stability.py --cells 60 --interrupts 20",
    "fuzz.py --messages 600",
  ];
  for (const command of files) {
    const [file, ...options] = command.split(" ");
    it.skipIf(file === "compare.py" && !existsSync(tslab))(
      `passes ${command}`,
      { timeout: 300_000 },
      async () => {
        const run = promisify(execFile)(python, [join(root, "test/conformance", file!), ...options], {
          // The history of whoever runs the tests is not theirs to fill.
          env: {
            ...process.env,
            JUPYTER_PATH: jupyterPath,
            PYTHONDONTWRITEBYTECODE: "1",
            ALRIGHT_HISTORY: join(jupyterPath, "history.jsonl"),
          },
          maxBuffer: 1 << 24,
        });
        const { stderr } = await run.catch((error) => {
          throw new Error(`${file} failed:\n${error.stderr ?? error}`);
        });
        expect(stderr).toMatch(/\nOK/);
      },
    );
  }
});
