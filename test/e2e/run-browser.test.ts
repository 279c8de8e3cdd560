import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PLOT_MIME } from "../../src/runs/snapshot.ts";
import { fourMethods } from "../figures/messages.ts";
import { makeRun } from "../runs/made-runs.ts";
import { type Lab, openBrowser, openNotebook, restartKernel, startLab } from "./lab.ts";
import { violations } from "./notebooks.ts";

// Run directories on disk and a notebook beside them: no kernel is asked for what the browser lists.

let lab: Lab;
let browser: Browser;
let page: Page;
const requests: string[] = [];
const problems: string[] = [];
const kernelspec = { name: "alright", display_name: "TypeScript (ALRIGHT)", language: "typescript" };

const panel = () => page.locator(".alright-Runs");
const rows = () => panel().locator("tbody tr[data-path]");
const action = (name: string) => panel().locator(`button[data-action="${name}"]`);
const status = () => panel().locator(".alright-Runs-status");
const tick = (name: string) => panel().getByRole("checkbox", { name: `Tick ${name}`, exact: true });

async function theme(name: "Light" | "Dark"): Promise<void> {
  await page.getByRole("menuitem", { name: "Settings" }).click();
  await page.locator(".lm-Menu-itemLabel", { hasText: /^Theme$/ }).click();
  await page.locator(".lm-Menu-itemLabel", { hasText: new RegExp(`^JupyterLab ${name}$`) }).click();
  await page.locator(`body[data-jp-theme-light="${name === "Light"}"]`).waitFor({ state: "attached" });
}

/** Kept where ALRIGHT_SCREENSHOTS names a folder; what is in its folder plots/, docs/screenshots has. */
async function picture(name: string, of: Page | Locator = page): Promise<void> {
  const folder = process.env.ALRIGHT_SCREENSHOTS;
  if (folder) mkdirSync(join(folder, "plots"), { recursive: true });
  await of.screenshot(folder ? { path: join(folder, `${name}.png`) } : {});
}

/** Texts of the run browser that are wider than their place, but for names, which are given whole by their title; and what scrolls sideways. */
function cutOff(): Promise<string[]> {
  return panel().evaluate((node) => {
    interface Box {
      readonly textContent: string;
      readonly className: string;
      readonly scrollWidth: number;
      readonly clientWidth: number;
    }
    const within = node as unknown as { querySelectorAll(of: string): Iterable<Box> };
    const wide = [...within.querySelectorAll("td, thead th, .alright-Runs-scroll, .alright-Runs-filters")];
    return wide
      .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1)
      .map(({ className, textContent }) => `${className} “${textContent.slice(0, 40)}”`);
  });
}

/** The side panel as wide as a reader may have drawn it. */
async function widen(width: number): Promise<void> {
  const box = (await page.locator("#jp-left-stack").boundingBox())!;
  await page.mouse.move(box.x + box.width + 1, 500);
  await page.mouse.down();
  await page.mouse.move(box.x + width, 500, { steps: 4 });
  await page.mouse.up();
}

beforeAll(async () => {
  lab = await startLab();
  browser = await openBrowser();
  const runs = join(lab.folder, "course", "runs");
  for (const [i, lambda] of [0.1, 0.3, 0.5, 0.7, 0.9].entries())
    makeRun(runs, { method: { name: "alright", lambda }, losses: { dpo: 1.5 - lambda, sft: 1 + i / 4 } });
  makeRun(runs, { method: { name: "mix", lambda: 0.5 }, losses: { dpo: 0.9, sft: 1.9 }, seconds: 7000 });
  makeRun(runs, {
    method: { name: "dpo" },
    losses: { dpo: 0.2, sft: 3.5 },
    name: "A run with quite a long name of its own",
  });
  const { directory } = makeRun(runs, { method: { name: "maxright", lambda: 0.5 }, ended: false });
  writeFileSync(
    directory.events,
    readFileSync(directory.events, "utf8").replaceAll(/"time":"\d+/g, '"time":"2020'),
  );
  mkdirSync(join(runs, "broken"));
  writeFileSync(join(runs, "broken", "run.json"), "{");
  const cell = (source: string, outputs: object[] = []) => ({
    cell_type: "code",
    id: `c${Math.random().toString(36).slice(2)}`,
    execution_count: null,
    metadata: {},
    source,
    outputs,
  });
  const output = { output_type: "display_data", metadata: {}, data: { [PLOT_MIME]: fourMethods } };
  const cells = [
    cell(
      '%model toy:conflict\nconst run = %alright λ=0.5 steps=60 name="mine"\n!ls\nconst rest = 7 % run.step',
    ),
    cell("", [output]),
    cell("%alright "),
  ];
  writeFileSync(
    join(lab.folder, "course", "notebook.ipynb"),
    JSON.stringify({ cells, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 }),
  );
  page = await openNotebook(browser, lab, "course/notebook.ipynb", {
    before(fresh) {
      fresh.on("request", (request) => requests.push(request.url()));
      fresh.on("pageerror", (error) => problems.push(String(error)));
    },
  });
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.getByRole("tab", { name: "Runs", exact: true }).click();
  await rows().nth(8).waitFor();
});

afterAll(async () => {
  await browser?.close();
  await lab?.stop();
});

describe("the run browser", () => {
  it("lists the runs beside the notebook with their numbers, and says which can't be read", async () => {
    await panel().getByText("9 runs", { exact: true }).waitFor();
    await panel().locator("tr", { hasText: "ALRIGHT λ=0.5" }).first().waitFor();
    const cells = await panel()
      .locator("tr", { hasText: "ALRIGHT λ=0.5" })
      .locator("td, th")
      .allTextContents();
    expect(cells.slice(1, 12)).toEqual([
      "ALRIGHT λ=0.5",
      "finished",
      "alright",
      "0.5",
      "20",
      "20",
      "1",
      "1.5",
      "1",
      "1.5",
      "1.803",
    ]);
    expect(await panel().locator('tr[data-state="unreadable"]').getAttribute("title")).toMatch(/run\.json/);
  });

  it("sorts and filters", async () => {
    const head = panel().getByRole("button", { name: "ideal distance" });
    await head.press("Enter");
    const name = (i: number) => rows().nth(i).locator("th").textContent();
    expect(await name(0)).toBe("MAXRIGHT λ=0.5");
    await head.press("Enter");
    expect(await name(0)).toBe("A run with quite a long name of its own");
    await panel().getByRole("searchbox").fill("alright λ=0.3");
    expect(await rows().count()).toBe(1);
    await panel().getByRole("searchbox").fill("");
    await panel().getByRole("combobox").selectOption("paused");
    expect(await name(0)).toBe("MAXRIGHT λ=0.5");
    expect(await rows().count()).toBe(1);
    await panel().getByRole("combobox").selectOption("");
  });

  it("does everything by the keyboard, and says why something can't be done", async () => {
    await panel().getByRole("searchbox").focus();
    expect(await action("open").getAttribute("title")).toBe("Tick a run first.");
    await rows().first().focus();
    await page.keyboard.press("End");
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Space");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Space");
    expect(await status().textContent()).toBe("9 runs, 2 ticked");
    expect(await action("open").textContent()).toBe("Compare 2");
    expect(await action("resume").getAttribute("title")).toBe("Only one run can be resumed at a time.");
    await page.keyboard.press("Space");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Space");
    expect(await action("resume").getAttribute("title")).toBe("The run is finished.");
  });

  it("exports a run as the TypeScript that makes it, and all as CSV", async () => {
    const exported = async (caption: string) => {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        action("export")
          .click()
          .then(() => page.locator(".lm-Menu-itemLabel", { hasText: caption }).click()),
      ]);
      return readFileSync(await download.path());
    };
    await tick("ALRIGHT λ=0.7").click();
    expect((await exported("TypeScript")).toString()).toContain('method: { name: "alright", lambda: 0.7 }');
    await tick("Mix λ=0.5").click();
    const csv = (await exported("CSV")).toString().split("\r\n");
    expect([csv.length, csv[0]!.slice(0, 24)]).toEqual([4, "name,state,method,lambda"]);
    expect((await exported("SVG")).toString()).toMatch(/^<svg.*MAXRIGHT|^<svg.*ALRIGHT/s);
    expect((await exported("PNG")).subarray(1, 4).toString()).toBe("PNG");
  });

  it("draws ticked runs in one plot", async () => {
    await action("open").click();
    const plot = page.locator(".alright-RunPlot .alright-Plot[data-drawn]");
    await plot.waitFor();
    expect(await plot.locator(".legendtext").allTextContents()).toContain("ALRIGHT λ=0.7");
    await page.locator(".lm-TabBar-tab.lm-mod-current", { hasText: "2 runs" }).getByTitle(/Close/).click();
  });

  it("deletes only after it was told so", async () => {
    await tick("ALRIGHT λ=0.7").click();
    await tick("Mix λ=0.5").click();
    await tick("ALRIGHT λ=0.9").click();
    await action("delete").click();
    await page.locator(".jp-Dialog").getByRole("button", { name: "Cancel" }).click();
    expect(await status().textContent()).toBe("9 runs, 1 ticked");
    await action("delete").click();
    await page.locator(".jp-Dialog").getByRole("button", { name: "Delete" }).click();
    await panel().getByText("8 runs", { exact: true }).waitFor();
  });
});

describe("cells of the kernel", () => {
  const cell = (i: number) => page.locator(".jp-Notebook .jp-CodeCell").nth(i);

  it("have their magics in colour, and nothing else", async () => {
    const texts = (kind: string) => cell(0).locator(`.alright-magic-${kind}`).allTextContents();
    expect(await texts("name")).toEqual(["%model", "%alright", "!"]);
    expect((await texts("option")).join()).toBe("λ,steps,name");
    expect(await texts("number")).toEqual(["0.5", "60"]);
  });

  /** The cell's text; what the list of completions has first is taken, where there is one. */
  const text = async () => {
    const item = page.locator(".jp-Completer:not(.lm-mod-hidden) .jp-Completer-item").first();
    if (await item.isVisible()) await page.keyboard.press("Enter");
    return cell(2).locator(".cm-content").textContent();
  };

  it("complete options, and \\lambda becomes λ", async () => {
    await cell(2).locator(".cm-content").click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("\\lambda");
    await page.keyboard.press("Tab");
    await expect.poll(() => text(), { timeout: 10_000 }).toBe("%alright λ");
    await page.keyboard.type("=0.5 lear");
    await page.keyboard.press("Tab");
    await expect.poll(() => text(), { timeout: 10_000 }).toContain("learningRate");
  });
});

describe("for everyone", () => {
  it("axe finds nothing in the run browser, the plot and the status item, light and dark", async () => {
    for (const name of ["Dark", "Light"] as const) {
      await theme(name);
      expect(await violations(page, ".alright-Runs")).toEqual([]);
    }
    await page.locator(".jp-Notebook .alright-Plot[data-drawn]").first().scrollIntoViewIfNeeded();
    expect(await violations(page, ".jp-Notebook .alright-Plot")).toEqual([]);
  });

  it("a run in progress shows in the status bar", async () => {
    await page.locator(".jp-Notebook .jp-CodeCell").nth(2).locator(".cm-content").click();
    await page.keyboard.press("Control+a");
    await page.keyboard.type("%model toy:conflict\nconst going = %alright λ=0.5 steps=3000000 background");
    await page.keyboard.press("Shift+Enter");
    const item = page.locator(".alright-Status button");
    await item.waitFor({ timeout: 60_000 });
    await page.waitForFunction("/left/.test(document.querySelector('.alright-Status button').textContent)");
    expect(await item.textContent()).toMatch(/^ALRIGHT λ=0\.5 · \d+ \/ 3000000 · .* left$/);
    expect(await violations(page, ".alright-Status")).toEqual([]);
    await item.click();
  });

  it("has room for every number in a side panel 400 px wide, in both themes, without scrolling sideways", async () => {
    await widen(400);
    await panel().locator('[data-shape="narrow"]').waitFor();
    for (const name of ["Dark", "Light"] as const) {
      await theme(name);
      expect(await cutOff()).toEqual([]);
      expect(await violations(page, ".alright-Runs")).toEqual([]);
      await picture(`run-browser-${name.toLowerCase()}`);
      await picture(`plots/${name.toLowerCase()}-runs`, panel());
    }
    await page.locator(".jp-Notebook .jp-CodeCell").nth(0).scrollIntoViewIfNeeded();
    await picture("cells-light");
  });

  it("has as many columns as it has room for, and nothing is scrolled sideways", async () => {
    const counts: number[] = [];
    for (const width of [680, 760, 880]) {
      await widen(width);
      await panel().locator('[data-shape="wide"]').waitFor();
      expect(await cutOff(), `${width} px`).toEqual([]);
      counts.push(await panel().locator("thead th:visible").count());
    }
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(counts[0]).toBeLessThan(counts[2]!);
    expect(counts[0]).toBeGreaterThanOrEqual(6);
    await picture("run-browser-wide");
    await widen(400);
  });

  it("a run whose kernel was restarted is paused, and goes on from the run browser", async () => {
    const row = panel().locator("tbody tr[data-path]", { hasText: "3000000" });
    await row.and(page.locator('[data-state="running"]')).waitFor();
    await row.focus();
    expect(await action("delete").getAttribute("title")).toMatch(/is going on: stop it first/);
    await page.locator(".jp-Notebook .jp-CodeCell").nth(2).locator(".cm-content").click();
    await restartKernel(page);
    await row.and(page.locator('[data-state="paused"]')).waitFor();
    await page.locator(".alright-Status button").waitFor({ state: "hidden" });
    await page.locator("#jp-main-statusbar", { hasText: "| Idle" }).waitFor();
    await row.focus();
    await expect
      .poll(() => action("resume").getAttribute("aria-disabled"), { timeout: 10_000 })
      .toBe("false");
    await action("resume").click();
    await page.locator(".jp-Notebook .cm-content", { hasText: /^%resume runs\/.* background$/ }).waitFor();
    await row.and(page.locator('[data-state="running"]')).waitFor();
  });

  it("nothing but Jupyter was asked for anything, and no error was thrown", async () => {
    const own = new URL(lab.address("")).host;
    const strange = requests.filter((url) => /^https?:|^wss?:/.test(url) && new URL(url).host !== own);
    expect(requests.length).toBeGreaterThan(20);
    expect(strange).toEqual([]);
    expect(problems).toEqual([]);
  });
});
