import { execFileSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The folder with `nbgrader`: `.venv-classroom/bin`, which is made here. Null, with a word why, where it can't be installed. */
export function findNbgrader(): string | null {
  const environment = join(root, ".venv-classroom");
  const bin = join(environment, "bin");
  if (existsSync(join(bin, "nbgrader"))) return bin;
  try {
    execFileSync("python3", ["-m", "venv", environment], { stdio: "pipe" });
    const requirements = join(root, "scripts", "requirements-classroom.txt");
    execFileSync(join(bin, "pip"), ["install", "--quiet", "--requirement", requirements], {
      stdio: "pipe",
      timeout: 600_000,
    });
    return bin;
  } catch (error) {
    rmSync(environment, { recursive: true, force: true });
    console.log(`nbgrader can't be installed here, so grading is not tested: ${String(error).slice(0, 500)}`);
    return null;
  }
}
