/**
 * Every notebook as people run it: by papermill, and by Run All in JupyterLab. Both give the shipped claims (what `npm run reproduce` gets by
 * nbclient), and a reader sees no error and no unset formula. With ALRIGHT_SCREENSHOTS=DIR each is pictured from top to bottom, light and dark.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeKernelSpec } from "../../kernel/spec.ts";
import { command, type Lab, openBrowser, openNotebook, repository, startLab } from "../e2e/lab.ts";

const script = (name: string) => import(new URL(`../../scripts/reproduce/${name}.mjs`, import.meta.url).href);
const notebooks = readdirSync(join(repository, "notebooks")).filter((name) => /^\d\d-.*\.ipynb$/.test(name));
const minutes = 60_000;

interface Claim {
  readonly claim: string;
  readonly held: boolean;
  readonly because?: string;
}

/** Every claim as it was shipped; where numbers depend on the machine, every one as its reason says. */
async function checkClaims(name: string, file: string): Promise<void> {
  const { claimsOf, standing } = await script("outputs");
  const { differences, readShipped } = await script("shipped");
  const claims: Claim[] = claimsOf(JSON.parse(readFileSync(file, "utf8")));
  const shipped = readShipped()[name.replace(".ipynb", "")];
  expect(claims.length).toBeGreaterThan(4);
  expect(claims.filter((claim) => ["failed", "stale"].includes(standing(claim)))).toEqual([]);
  if (shipped) expect(differences(claims, shipped)).toEqual([]);
}

describe("papermill", () => {
  const folder = mkdtempSync(join(tmpdir(), "alright-papermill-"));
  beforeAll(() => writeKernelSpec(join(folder, "kernels", "alright")));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  for (const name of notebooks)
    it(`executes ${name}`, { timeout: 20 * minutes }, async () => {
      const target = join(folder, name);
      const env = { ...process.env, JUPYTER_PATH: folder, ALRIGHT_HISTORY: "off" };
      const source = join(repository, "notebooks", name);
      const options = ["--no-progress-bar", "--cwd", folder];
      const program = join(repository, ".venv/bin/papermill");
      await promisify(execFile)(program, [source, target, ...options], { env, maxBuffer: 1 << 26 });
      await checkClaims(name, target);
    });
});

describe("Run All in JupyterLab", () => {
  let lab: Lab;
  let browser: Browser;
  beforeAll(async () => {
    [lab, browser] = await Promise.all([startLab(notebooks), openBrowser()]);
  }, 2 * minutes);
  afterAll(async () => {
    await browser?.close();
    await lab?.stop();
  });

  for (const name of notebooks)
    it(name, { timeout: 20 * minutes }, async () => {
      const page = await openNotebook(browser, lab, name, { viewport: { width: 1280, height: 1000 } });
      await page.locator("#jp-main-statusbar", { hasText: "| Idle" }).waitFor();
      await page.locator(".jp-Notebook .jp-CodeCell .cm-content").first().click();
      await page.getByRole("menuitem", { name: "Run", exact: true }).click();
      await page.getByRole("menuitem", { name: /^Run All Cells/ }).click();
      const prompts = page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt");
      const waiting = page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt", { hasText: "[*]" });
      const errors = page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]');
      await expect.poll(() => waiting.count(), { timeout: 30_000 }).toBeGreaterThan(0);
      await expect.poll(() => waiting.count(), { timeout: 15 * minutes, interval: 500 }).toBe(0);
      expect(await errors.allTextContents()).toEqual([]);
      expect(await prompts.filter({ hasText: /\[ \]/ }).count()).toBe(0);
      const stderr = page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]');
      expect(await stderr.allTextContents()).toEqual([]);
      // No formula is left as text between dollars, and none is an error.
      const prose = (await page.locator(".jp-RenderedMarkdown").allInnerTexts()).join("\n");
      expect(prose).not.toMatch(/\$[^$\n]*\\[a-z]+/);
      expect(await page.locator(".jp-RenderedMarkdown mjx-merror").count()).toBe(0);
      await page.keyboard.press("Escape");
      await page.keyboard.press("Control+s");
      await page.locator("#jp-main-dock-panel .lm-TabBar-tab.jp-mod-current:not(.jp-mod-dirty)").waitFor();
      await checkClaims(name, join(lab.folder, name));
      await shoot(page, name.replace(".ipynb", ""));
      await page.close();
    });
});

/** The notebook from top to bottom, a page at a time. */
async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env.ALRIGHT_SCREENSHOTS;
  if (!folder) return;
  for (const theme of ["JupyterLab Light", "JupyterLab Dark"]) {
    await command(page, "apputils:change-theme", { theme });
    await page.waitForTimeout(1500);
    const scroller = page.locator(".jp-WindowedPanel-outer").first();
    const pages = await scroller.evaluate((element: unknown) => {
      const { scrollHeight, clientHeight } = element as { scrollHeight: number; clientHeight: number };
      return Math.ceil(scrollHeight / (clientHeight - 40));
    });
    for (let at = 0; at < pages; at++) {
      await scroller.evaluate((element: unknown, index) => {
        const one = element as { scrollTop: number; clientHeight: number };
        one.scrollTop = index * (one.clientHeight - 40);
      }, at);
      await page.waitForTimeout(700);
      const file = `${name}-${theme.endsWith("Dark") ? "dark" : "light"}-${String(at).padStart(2, "0")}.png`;
      await page.screenshot({ path: join(folder, file) });
    }
  }
  await command(page, "apputils:change-theme", { theme: "JupyterLab Light" });
}
