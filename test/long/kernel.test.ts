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

describe.skipIf(!existsSync(python))("the kernel, for long", () => {
  const jupyterPath = mkdtempSync(join(tmpdir(), "alright-jupyter-"));

  beforeAll(async () => {
    await writeKernelSpec(join(jupyterPath, "kernels", "alright"));
  });

  /** Shows what the script said, its seed included. */
  async function passes(file: string, ...options: string[]): Promise<void> {
    const { stderr } = await promisify(execFile)(python, [join(root, "test/conformance", file), ...options], {
      env: {
        ...process.env,
        JUPYTER_PATH: jupyterPath,
        PYTHONDONTWRITEBYTECODE: "1",
        ALRIGHT_HISTORY: join(jupyterPath, "history.jsonl"),
      },
      maxBuffer: 1 << 26,
    });
    console.log(stderr);
    expect(stderr).toMatch(/\nOK/);
  }

  it("answers after 500 cells with 200 random interrupts, its memory within 20 %", () =>
    passes("stability.py", "--cells", "500", "--interrupts", "200"));

  it("is untouched by 20,000 malformed messages at all its sockets", () =>
    passes("fuzz.py", "--messages", "20000"));
});
