import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { PLOT_MIME } from "../../src/runs/snapshot.ts";
import { everything } from "../figures/messages.ts";
import { command, type Lab, openBrowser, openNotebook, startLab } from "./lab.ts";
import { plots, runFirstCell, until, violations, writeNotebook } from "./notebooks.ts";

// Every view in every theme, in a cell at 1280 × 800 and in a side panel 400 px wide: nothing is cut off, nothing lies
// over anything else. With ALRIGHT_SCREENSHOTS naming a folder, pictures of all of them are written there; those in its
// folder plots/ are what docs/screenshots has.

const themes = ["JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"];
const views = {
  objective: "Objective space",
  losses: "Losses",
  gaps: "Gaps",
  distance: "Ideal distance",
  logprobs: "Log-probabilities",
  steps: "Steps",
  resources: "Resources",
  weights: "Weights",
  bars: "Bars",
  table: "Table",
} as const;

let lab: Lab;
let browser: Browser;
let page: Page;

const source = `import json
from IPython.display import display
display({"${PLOT_MIME}": json.loads(${JSON.stringify(JSON.stringify(everything))})}, raw=True)`;

beforeAll(async () => {
  lab = await startLab();
  browser = await openBrowser();
  writeNotebook(lab, "views.ipynb", [{ source }]);
  page = await openNotebook(browser, lab, "views.ipynb", { viewport: { width: 1280, height: 800 } });
  await runFirstCell(page);
  await plots(page).first().waitFor();
  // The long source out of the way.
  await command(page, "notebook:hide-all-cell-code");
});

afterAll(async () => {
  await browser?.close();
  await lab?.stop();
});

interface Box {
  readonly text: string;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Boxes of what matches, as far as they are seen at all. */
function boxes(plot: Locator, selector: string): Promise<Box[]> {
  return plot.locator(selector).evaluateAll((nodes) =>
    nodes.flatMap((node) => {
      const seen = node as unknown as { getBoundingClientRect(): Omit<Box, "text">; textContent: string };
      const { left, top, right, bottom } = seen.getBoundingClientRect();
      const text = seen.textContent;
      return right > left && bottom > top ? [{ text, left, top, right, bottom }] : [];
    }),
  );
}

const overlap = (a: Box, b: Box) =>
  Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1.5 &&
  Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1.5;

function overlaps(ones: readonly Box[]): string[] {
  return ones.flatMap((a, i) =>
    ones.slice(i + 1).flatMap((b) => (overlap(a, b) ? [`“${a.text}” over “${b.text}”`] : [])),
  );
}

/** What is wrong with a plot as it is seen, in words. */
async function flaws(plot: Locator, view: string): Promise<string[]> {
  const [frame] = await boxes(plot.locator(".."), `:scope > .alright-Plot`);
  const outside = (box: Box) => box.left < frame!.left - 1 || box.right > frame!.right + 1;
  const controls = await boxes(
    plot,
    ":is(.alright-Plot-tabs button, .alright-Button, .alright-Plot select, .alright-Plot input, .alright-Plot-state, .alright-Plot-reason, output)",
  );
  const found = [
    ...controls.filter(outside).map(({ text }) => `“${text}” is cut off`),
    ...overlaps(controls),
  ];
  if (view === "table") {
    const cells = await boxes(plot, "td");
    return [...found, ...cells.filter(outside).map(({ text }) => `“${text}” is cut off`), ...overlaps(cells)];
  }
  const texts = await boxes(
    plot,
    ":is(.legendtext, .xtick text, .ytick text, .x2tick text, .y2tick text, .g-xtitle, .g-ytitle, .g-x2title, .g-y2title, .gtitle)",
  );
  const [svg] = await boxes(plot, ".main-svg >> nth=0");
  const beyond = texts.filter(
    (box) => outside(box) || box.top < svg!.top - 1 || box.bottom > svg!.bottom + 1,
  );
  return [...found, ...beyond.map(({ text }) => `“${text}” is cut off`), ...overlaps(texts)];
}

async function look(plot: Locator, theme: string, where: string): Promise<void> {
  for (const [view, caption] of Object.entries(views)) {
    await plot.getByRole("tab", { name: caption, exact: true }).click();
    await plot.and(page.locator(`[data-view="${view}"]`)).waitFor();
    if (view !== "table") await until("the figure's width", () => asWideAsItsPlot(plot));
    await page.waitForTimeout(120);
    expect(await flaws(plot, view), `${view} in ${theme}, ${where}`).toEqual([]);
    const folder = process.env.ALRIGHT_SCREENSHOTS;
    if (!folder) continue;
    mkdirSync(folder, { recursive: true });
    const name = `${theme.replace("JupyterLab ", "").toLowerCase().replaceAll(" ", "-")}-${where}-${view}.png`;
    await page.mouse.move(2, 2);
    await page.screenshot({ path: join(folder, name) });
    if (theme.includes("Contrast")) continue;
    // Those of docs/screenshots: the plot alone, in a window that has room for the whole of it.
    const { height } = (await plot.boundingBox())!;
    await page.setViewportSize({ width: 1280, height: Math.max(800, Math.ceil(height) + 250) });
    await plot.screenshot({ path: join(folder, "plots", name) });
    await page.setViewportSize({ width: 1280, height: 800 });
  }
}

async function asWideAsItsPlot(plot: Locator): Promise<boolean> {
  const [figure] = await boxes(plot, ".alright-Plot-figure");
  const [svg] = await boxes(plot, ".main-svg >> nth=0");
  return svg !== undefined && Math.abs(svg.right - svg.left - (figure!.right - figure!.left)) < 2;
}

const red = (plot: Locator) =>
  plot.evaluate((node) => {
    const { getComputedStyle } = globalThis as unknown as {
      getComputedStyle(of: unknown): { color: string };
    };
    return Number(/\d+/.exec(getComputedStyle(node).color)?.[0]);
  });

it.each(themes)("%s: in a cell, and in the side panel", async (theme) => {
  const cell = page.locator(".jp-NotebookPanel .alright-Plot");
  await command(page, "apputils:change-theme", { theme });
  await until("the theme's letters", async () => (await red(cell)) > 128 === theme.includes("Dark"));
  await look(cell, theme, "cell");

  await command(page, "alright:objective-space", { area: "right" });
  const panel = page.locator(".alright-Panel .alright-Plot[data-drawn]");
  await panel.waitFor();
  await narrow();
  await look(panel, theme, "panel");
  expect(await violations(page, ".alright-Panel"), theme).toEqual([]);
  expect(await violations(page, ".jp-NotebookPanel .alright-Plot"), theme).toEqual([]);
  await command(page, "application:toggle-right-area");
});

/** Drags the side panel's edge until the panel is 400 px wide. */
async function narrow(): Promise<void> {
  const panel = (await page.locator("#jp-right-stack").boundingBox())!;
  if (Math.abs(panel.width - 400) < 2) return;
  const x = panel.x - 1;
  await page.mouse.move(x, panel.y + 300);
  await page.mouse.down();
  await page.mouse.move(x + (panel.width - 400), panel.y + 300, { steps: 5 });
  await page.mouse.up();
  await until("400 px", async () => {
    const { width } = (await page.locator("#jp-right-stack").boundingBox())!;
    return Math.abs(width - 400) < 12;
  });
}
