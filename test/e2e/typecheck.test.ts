import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { command, type Lab, openBrowser, openNotebook, restartKernel, startLab } from "./lab.ts";
import { runFirstCell, until, writeNotebook } from "./notebooks.ts";

// `%typecheck` is the notebook's: what it has chosen outlasts the kernel.

let lab: Lab;
let browser: Browser;

const wrong = 'const n: number = "a word" + 1;\nn';
const path = (name: string) => join(lab.folder, name);
const metadata = (name: string) => JSON.parse(readFileSync(path(name), "utf8")).metadata.alright;
const shown = async (page: Page, cell: number) =>
  (await page.locator(".jp-Notebook .jp-Cell").nth(cell).locator(".jp-OutputArea").textContent()) ?? "";

async function runCell(page: Page, cell: number): Promise<void> {
  await page.locator("#jp-main-statusbar", { hasText: "| Idle" }).waitFor();
  await page.locator(".jp-Notebook .jp-Cell .cm-content").nth(cell).click();
  await page.keyboard.press("Shift+Enter");
}

beforeAll(async () => {
  lab = await startLab();
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await lab?.stop();
});

describe("%typecheck", () => {
  it("is kept in the notebook's metadata and told to the kernel after a restart", async () => {
    writeNotebook(lab, "kept.ipynb", [{ source: "%typecheck off" }, { source: wrong }], "alright");
    const page = await openNotebook(browser, lab, "kept.ipynb");
    await runFirstCell(page);
    await until("confirmed", async () => (await shown(page, 0)).includes("type checking: off"));
    await until("kept", async () => {
      await command(page, "docmanager:save");
      return metadata("kept.ipynb")?.typecheck === "off";
    });
    await restartKernel(page);
    await runCell(page, 1);
    await until("the value of what has the wrong type", async () =>
      (await shown(page, 1)).includes("a word1"),
    );
    await page.close();
  });

  it("in a notebook's metadata holds for the first kernel, and without it types are checked", async () => {
    writeNotebook(lab, "off.ipynb", [{ source: wrong }], "alright");
    writeNotebook(lab, "loose.ipynb", [{ source: wrong }], "alright");
    const notebook = JSON.parse(readFileSync(path("off.ipynb"), "utf8"));
    notebook.metadata.alright = { typecheck: "off" };
    writeFileSync(path("off.ipynb"), JSON.stringify(notebook));
    for (const [name, expected] of [
      ["off.ipynb", "a word1"],
      ["loose.ipynb", "TS2322"],
    ] as const) {
      const page = await openNotebook(browser, lab, name);
      await runFirstCell(page);
      await until(expected, async () => (await shown(page, 0)).includes(expected));
      expect(await shown(page, 0)).toContain(expected);
      await page.close();
    }
  });
});
