import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CLAIMS_MIME } from "../../src/evaluation/claims.ts";
import { PLOT_MIME } from "../../src/runs/snapshot.ts";
import { type Lab, openBrowser, openNotebook, startLab } from "./lab.ts";

// The notebook as its reader meets it: opened, run from top to bottom, watched, interrupted, saved.

const minute = 60_000;
let lab: Lab;
let browser: Browser;
let page: Page;

interface SavedCell {
  source: string[];
  outputs?: { output_type: string; data?: Record<string, unknown> }[];
}
const saved = (): SavedCell[] => JSON.parse(readFileSync(join(lab.folder, "03-pythia.ipynb"), "utf8")).cells;
const cellWith = (text: string) =>
  page.locator(".jp-CodeCell", { has: page.locator(".cm-content", { hasText: text }) });
const plotOf = (cell: Locator) => cell.locator(".alright-Plot[data-drawn]").first();
const summary = async (plot: Locator) =>
  (await plot.locator('[role="img"]').getAttribute("aria-label")) ?? "";

const show = (cell: Locator) =>
  cell
    .first()
    .evaluate((element: unknown) =>
      (element as { scrollIntoView(options: object): void }).scrollIntoView({ block: "start" }),
    );

/** What a cell's plot says of itself; nothing before it is drawn. Plots are drawn only where they can be seen. */
async function wordsOf(cell: Locator): Promise<string> {
  await show(cell);
  const plot = plotOf(cell);
  return (await plot.count()) > 0 ? summary(plot) : "";
}

async function save(): Promise<void> {
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+s");
  await page.locator("#jp-main-dock-panel .lm-TabBar-tab.jp-mod-current:not(.jp-mod-dirty)").waitFor();
}

/** Adds a cell at the end, runs it and returns it. */
async function runNewCell(text: string): Promise<Locator> {
  await page.locator(".jp-Notebook .jp-CodeCell .cm-content").last().click();
  await page.keyboard.press("Escape");
  await page.keyboard.press("b");
  await page.keyboard.press("Enter");
  await page.keyboard.insertText(text);
  await page.keyboard.press("Control+Enter");
  return page.locator(".jp-Notebook .jp-CodeCell").last();
}

/** Pictures of the figures for a person to look at, where ALRIGHT_SCREENSHOTS names a folder. */
async function shoot(theme: string): Promise<void> {
  for (const text of ["const sequential = ", "%plot objective", "%plot bars", "import { Claims,"]) {
    const cell = cellWith(text).first();
    await show(cell);
    if (text.includes("plot")) await plotOf(cell).waitFor();
    const folder = process.env.ALRIGHT_SCREENSHOTS;
    if (!folder) continue;
    await page.waitForTimeout(500);
    await page.screenshot({ path: join(folder, `03-pythia-${theme}-${text.replace(/\W+/g, "-")}.png`) });
  }
}

beforeAll(async () => {
  lab = await startLab(["03-pythia.ipynb"]);
  browser = await openBrowser();
  page = await openNotebook(browser, lab, "03-pythia.ipynb");
  await page.locator("#jp-main-statusbar", { hasText: "| Idle" }).waitFor();
});

afterAll(async () => {
  await browser?.close();
  await lab?.stop();
});

describe("03-pythia in JupyterLab", () => {
  it(
    "runs from top to bottom, and the plot of %alright changes while it trains",
    async () => {
      await page.locator(".jp-Notebook .jp-CodeCell .cm-content").first().click();
      await page.getByRole("menuitem", { name: "Run", exact: true }).click();
      await page.getByRole("menuitem", { name: /^Run All Cells/ }).click();

      const cell = cellWith("const alright = %alright");
      const seen = new Set<string>();
      const deadline = Date.now() + 8 * minute;
      while (Date.now() < deadline && !/finished/.test([...seen].at(-1) ?? "")) {
        // Running all cells scrolls to the last one.
        const words = await wordsOf(cell);
        if (words !== "" && !seen.has(words)) seen.add(words);
        await page.waitForTimeout(100);
      }
      expect([...seen].at(-1)).toContain("finished");
      const running = [...seen].filter((words) => words.includes("running"));
      expect(running.length).toBeGreaterThanOrEqual(3);

      const last = page.locator(".jp-Notebook .jp-CodeCell").last();
      await last.locator(".jp-InputPrompt", { hasText: /\[\d+\]/ }).waitFor({ timeout: 8 * minute });
    },
    12 * minute,
  );

  it(
    "a run that is interrupted pauses, and goes on with %resume",
    async () => {
      const cell = await runNewCell("%alright λ=0.25 steps=60");
      await expect
        .poll(() => wordsOf(cell), { timeout: 2 * minute, interval: 100 })
        .toMatch(/running, step [1-9]/);
      await page.locator('[data-command="notebook:interrupt-kernel"]').first().click();
      await cell
        .locator(".jp-OutputArea")
        .getByText(/%resume/)
        .first()
        .waitFor({ timeout: minute });
      // Drawn at the plot's own pace.
      await expect.poll(() => wordsOf(cell), { timeout: 10_000 }).toContain("paused");

      const resumed = await runNewCell("%resume");
      await expect.poll(() => wordsOf(resumed), { timeout: 3 * minute }).toMatch(/finished, step 60 of 60/);
    },
    6 * minute,
  );

  it("the plots of the whole notebook are drawn, in light and in dark", async () => {
    await shoot("light");
    await page.getByRole("menuitem", { name: "Settings" }).click();
    await page.locator(".lm-Menu-itemLabel", { hasText: /^Theme$/ }).click();
    await page.locator(".lm-Menu-itemLabel", { hasText: /^JupyterLab Dark$/ }).click();
    await page.locator('body[data-jp-theme-light="false"]').waitFor({ state: "attached" });
    await shoot("dark");
  });

  it("the saved notebook has the last pictures and the claims", async () => {
    await save();
    const outputs = saved().flatMap((cell) => cell.outputs ?? []);
    expect(outputs.filter((output) => output.output_type === "error").length).toBe(1); // the interrupted run
    const plots = outputs.filter((output) => output.data?.[PLOT_MIME]);
    expect(plots.length).toBeGreaterThanOrEqual(9);
    const finals = plots.filter((output) => {
      const { runs } = output.data![PLOT_MIME] as { runs: { state: string }[] };
      return runs.every((run) => run.state === "finished");
    });
    expect(finals.length).toBeGreaterThanOrEqual(8);
    for (const output of finals) {
      expect(String(output.data!["image/png"])).toMatch(/^iVBORw0KGgo/);
      expect(String(output.data!["text/plain"])).toMatch(/finished, step (\d+) of \1; DPO loss/);
    }
    const claims = outputs.flatMap((output) => {
      const table = output.data?.[CLAIMS_MIME] as
        | { claims: { item?: string; claim: string; held: boolean }[] }
        | undefined;
      // Those of Figure 3 are about runs that ship, and some are known not to hold.
      return (table?.claims ?? []).filter(({ item }) => item === "Fig. 1, live");
    });
    expect(claims.filter((claim) => !claim.held)).toEqual([]);
    expect(claims.length).toBe(4);
  });
});
