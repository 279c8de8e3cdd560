import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Lab, openBrowser, openNotebook, startLab } from "./lab.ts";

// The exact notebooks run from top to bottom in JupyterLab: their figures and tables are on the page, and the numbers are the shipped ones.

let lab: Lab;
let browser: Browser;
beforeAll(async () => {
  [lab, browser] = await Promise.all([startLab(["02-theory.ipynb"]), openBrowser()]);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await lab?.stop();
});

/** Pictures for a person to look at, where ALRIGHT_SCREENSHOTS names a folder. */
async function shoot(page: Page, theme: string): Promise<void> {
  const folder = process.env.ALRIGHT_SCREENSHOTS;
  if (!folder) return;
  for (const [i, text] of ["The example of", "Figure 5", "Both theorems", "Does it hold"].entries()) {
    const heading = page.locator(".jp-Notebook h2", { hasText: text }).first();
    await heading.evaluate((element: unknown) =>
      (element as { scrollIntoView(options: object): void }).scrollIntoView({ block: "start" }),
    );
    await page.waitForTimeout(500);
    await page.screenshot({ path: join(folder, `02-theory-${theme}-${i}.png`) });
  }
}

it("02-theory in both themes", { timeout: 240_000 }, async () => {
  const page = await openNotebook(browser, lab, "02-theory.ipynb");
  await page.locator("#jp-main-statusbar", { hasText: "| Idle" }).waitFor();
  await page.locator(".jp-Notebook .jp-CodeCell .cm-content").first().click();
  await page.getByRole("menuitem", { name: "Run", exact: true }).click();
  await page.getByRole("menuitem", { name: /^Run All Cells/ }).click();
  const table = page.locator(".jp-OutputArea-output table", { hasText: "Remark 4.3" }).last();
  await table.waitFor({ timeout: 180_000 });
  // KaTeX or MathJax has set the formulas: none is left as text between dollars.
  expect(
    await page.locator(".jp-RenderedMarkdown mjx-container, .jp-RenderedMarkdown .katex").count(),
  ).toBeGreaterThan(30);
  expect(
    await page.locator(".jp-Notebook .jp-OutputArea-output img, .jp-Notebook .jp-RenderedSVG").count(),
  ).toBeGreaterThanOrEqual(3);
  expect(
    await page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]').count(),
  ).toBe(0);
  await shoot(page, "light");

  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+s");
  await page.locator("#jp-main-dock-panel .lm-TabBar-tab.jp-mod-current:not(.jp-mod-dirty)").waitFor();
  const script = (name: string) =>
    import(new URL(`../../scripts/reproduce/${name}.mjs`, import.meta.url).href);
  const { claimsOf } = await script("outputs");
  const { differences, readShipped } = await script("shipped");
  const claims = claimsOf(JSON.parse(readFileSync(join(lab.folder, "02-theory.ipynb"), "utf8")));
  expect(claims.length).toBeGreaterThan(25);
  expect(differences(claims, readShipped()["02-theory"])).toEqual([]);

  await page.getByRole("menuitem", { name: "Settings" }).click();
  await page.locator(".lm-Menu-itemLabel", { hasText: /^Theme$/ }).click();
  await page.locator(".lm-Menu-itemLabel", { hasText: /^JupyterLab Dark$/ }).click();
  await page.locator('body[data-jp-theme-light="false"]').waitFor({ state: "attached" });
  await shoot(page, "dark");
});
