import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Locator, Page } from "playwright-core";
import { PLOT_MIME } from "../../src/runs/snapshot.ts";
import { path, snapshot } from "../figures/messages.ts";
import type { Lab } from "./lab.ts";

// What the tests of the extension share: notebooks with hand-written messages, and a Python cell that plays a run.

/** One transparent pixel: what a viewer without the extension would show. */
export const pixel =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

const growing = snapshot({
  ...path(
    [
      [1.95, 1.06],
      [1.6, 0.3],
    ],
    100,
  ),
  state: "running",
  runId: "live",
  steps: 1000,
});

/** Sends the first points of `growing`, one more with every update. */
export const python = `
import copy, json, time
from IPython.display import display, update_display
run = json.loads(${JSON.stringify(JSON.stringify(growing))})
def message(i):
    one = copy.deepcopy(run)
    for key in ("step", "dpo", "sft"): one["series"][key] = run["series"][key][:i]
    for key in ("trainStep", "trainDpo", "trainSft"): one["series"][key] = run["series"][key][:10 * i]
    one.update(seq=i, step=10 * i, state="finished" if i == 100 else "running")
    return {"${PLOT_MIME}": {"version": 1, "view": "objective", "runs": [one]}, "text/plain": f"step {i}"}
def play(seconds, until=100, start=1):
    handle = display(message(start), raw=True, display_id=True)
    for i in range(start + 1, until + 1):
        time.sleep(seconds / (until - start))
        update_display(message(i), raw=True, display_id=handle.display_id)
`;

const kernels = {
  python: { name: "python3", display_name: "Python 3", language: "python" },
  alright: { name: "alright", display_name: "TypeScript (ALRIGHT)", language: "typescript" },
};

export function writeNotebook(
  lab: Lab,
  name: string,
  cells: { source: string; outputs?: unknown[] }[],
  kernel: keyof typeof kernels = "python",
): void {
  const notebook = {
    cells: cells.map(({ source, outputs = [] }, i) => ({
      cell_type: "code",
      id: `cell-${i}`,
      execution_count: null,
      metadata: {},
      source,
      outputs,
    })),
    metadata: { kernelspec: kernels[kernel] },
    nbformat: 4,
    nbformat_minor: 5,
  };
  writeFileSync(join(lab.folder, name), JSON.stringify(notebook));
}

export function output(message: unknown, bundle: object = {}): object {
  return { output_type: "display_data", metadata: {}, data: { [PLOT_MIME]: message, ...bundle } };
}

/** What axe finds within an element. JupyterLab's own page around it is not what is looked at. */
export async function violations(page: Page, selector: string): Promise<string[]> {
  if (!(await page.evaluate("typeof axe === 'object'")))
    await page.evaluate(readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
  const found = await page.evaluate(
    `axe.run(${JSON.stringify(selector)}, { rules: { region: { enabled: false } } }).then(({ violations }) =>
      violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html.slice(0, 160)).join(" | ")))`,
  );
  return found as string[];
}

export const plots = (page: Page) => page.locator(".alright-Plot[data-drawn]");
export const legend = (plot: Locator) => plot.locator(".legendtext").allTextContents();
export const step = async (plot: Locator) =>
  Number(/step (\d+)/.exec((await plot.locator('[role="img"]').getAttribute("aria-label")) ?? "")?.[1]);

/** Runs a notebook's first cell, once the session has its kernel: before that, JupyterLab drops the order. */
export async function runFirstCell(page: Page): Promise<void> {
  await page.locator("#jp-main-statusbar", { hasText: "| Idle" }).waitFor();
  await page.locator(".jp-Notebook .jp-Cell .cm-content").first().click();
  await page.keyboard.press("Shift+Enter");
}

export async function until(what: string, holds: () => Promise<boolean>, seconds = 30): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What the first plot in a saved notebook holds, by MIME type. */
export function savedOutput(lab: Lab, name: string): Record<string, unknown> {
  const { cells } = JSON.parse(readFileSync(join(lab.folder, name), "utf8")) as {
    cells: { outputs: { data?: Record<string, unknown> }[] }[];
  };
  const outputs = cells.flatMap((cell) => cell.outputs);
  return outputs.find(({ data }) => data?.[PLOT_MIME])?.data ?? {};
}

/** What a plot says in words. */
export const summary = async (plot: Locator) =>
  (await plot.locator('[role="img"]').getAttribute("aria-label")) ?? "";
