import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PLOT_MIME } from "../../src/runs/snapshot.ts";
import { type Lab, openBrowser, repository, startLab } from "../e2e/lab.ts";
import { fourMethods } from "../figures/messages.ts";
import { makeRun } from "../runs/made-runs.ts";

// The wheel in fresh environments with each JupyterLab that it is for. They are kept in .venv-matrix between runs.

const versions = [
  ["lab-4.4", "jupyterlab==4.4.*"],
  ["lab-4.5", "jupyterlab==4.5.*"],
  ["lab-4.6", "jupyterlab==4.6.*"],
  ["notebook-7", "notebook==7.*"],
] as const;

const pixel =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

function run(program: string, args: readonly string[]): void {
  const { status, stderr, stdout } = spawnSync(program, args, { cwd: repository, encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: status ${status}\n${stdout}\n${stderr}`);
}

let wheel: string;
let browser: Browser;

beforeAll(async () => {
  const folder = join(repository, ".venv-matrix", "wheel");
  run(process.execPath, ["extension/scripts/wheel.mjs", folder]);
  wheel = join(folder, readdirSync(folder).find((name) => name.endsWith(".whl"))!);
  browser = await openBrowser();
}, 600_000);
afterAll(() => browser?.close());

function environment(name: string, requirement: string): string {
  const venv = join(repository, ".venv-matrix", name);
  if (!existsSync(join(venv, "bin/jupyter-lab")) && !existsSync(join(venv, "bin/jupyter-notebook"))) {
    run(join(repository, ".venv/bin/python"), ["-m", "venv", venv]);
    run(join(venv, "bin/python"), ["-m", "pip", "install", "--quiet", requirement, "ipykernel"]);
  }
  return venv;
}

/** Files and folders of the extension in an environment. */
function leftOver(venv: string): string[] {
  const found = readdirSync(venv, { recursive: true }) as string[];
  return found.filter((path) => /jupyterlab[-_]alright/.test(path));
}

function writeNotebook(lab: Lab): void {
  const data = { [PLOT_MIME]: fourMethods, "image/png": pixel, "text/plain": "words" };
  const cell = {
    cell_type: "code",
    id: "one",
    execution_count: null,
    metadata: {},
    source: "",
    outputs: [{ output_type: "display_data", metadata: {}, data }],
  };
  const kernelspec = { name: "python3", display_name: "Python 3", language: "python" };
  writeFileSync(
    join(lab.folder, "plot.ipynb"),
    JSON.stringify({ cells: [cell], metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 }),
  );
  mkdirSync(join(lab.folder, "runs"));
  makeRun(join(lab.folder, "runs"), { method: { name: "alright", lambda: 0.5 } });
}

describe.each(versions)("%s", (name, requirement) => {
  it("draws a plot and lists runs with the wheel, and shows the picture without it", async () => {
    const venv = environment(name, requirement);
    const pip = join(venv, "bin/python");
    // Notebook 7.6 has an error of its own, with the extension and without.
    let without: readonly string[] = [];
    for (const installed of [false, true]) {
      run(pip, ["-m", "pip", "uninstall", "--quiet", "--yes", "jupyterlab_alright"]);
      expect(leftOver(venv)).toEqual([]);
      if (installed) run(pip, ["-m", "pip", "install", "--quiet", "--no-deps", wheel]);
      const program = name.startsWith("notebook") ? "notebook" : "lab";
      const lab = await startLab([], { venv, program });
      try {
        writeNotebook(lab);
        const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
        const problems: string[] = [];
        page.on("pageerror", (error) => problems.push(String(error)));
        const address = lab.address("plot.ipynb");
        await page.goto(program === "lab" ? address : address.replace("/lab/tree/", "/notebooks/"));
        if (installed) {
          await page.locator(".alright-Plot[data-drawn]").waitFor({ timeout: 90_000 });
          expect(await page.locator(".jp-OutputArea img").count()).toBe(0);
          if (program === "lab") {
            await page.getByRole("tab", { name: "Runs", exact: true }).click();
            await page.locator(".alright-Runs tbody tr", { hasText: "ALRIGHT λ=0.5" }).waitFor();
          }
          expect(problems.filter((problem) => !without.includes(problem))).toEqual([]);
        } else {
          await page.locator('.jp-OutputArea img[src^="data:image/png"]').waitFor({ timeout: 90_000 });
          expect(await page.locator(".alright-Plot").count()).toBe(0);
          await page.waitForTimeout(3000);
          without = problems;
        }
        await page.close();
      } finally {
        await lab.stop();
      }
    }
    expect(leftOver(venv).length).toBeGreaterThan(5);
    run(pip, ["-m", "pip", "uninstall", "--quiet", "--yes", "jupyterlab_alright"]);
    expect(leftOver(venv)).toEqual([]);
  });
});
