import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PLOT_MIME, type PlotMessage } from "../../src/runs/snapshot.ts";
import { fourMethods, path, snapshot } from "../figures/messages.ts";
import { command, type Lab, openBrowser, openNotebook, restartKernel, startLab } from "./lab.ts";
import {
  legend,
  output,
  plots,
  python,
  runFirstCell,
  savedOutput,
  step,
  summary,
  until,
  writeNotebook,
} from "./notebooks.ts";

// What keeps a plot alive: reloads, other views, the panel, interrupts, restarts; and what it can do to a run.

const openPanel = "alright:objective-space";
let lab: Lab;
let browser: Browser;

const panelPlot = (page: Page) => page.locator(".alright-Panel .alright-Plot[data-drawn]");
const rowOf = (plot: Locator) => plot.locator(".alright-Plot-run");
const drawn = async (plot: Locator) => Number(await plot.getAttribute("data-drawn"));
const says = (row: Locator, what: string) =>
  until(what, async () => ((await row.textContent()) ?? "").includes(what));

/** The events of the run that a notebook in the lab's folder started last. */
function events(): { type: string; step: number; options?: { lambda?: number } }[] {
  const runs = join(lab.folder, "runs");
  const last = readdirSync(runs)
    .filter((name) => !name.startsWith("."))
    .sort()
    .at(-1)!;
  return readFileSync(join(runs, last, "events.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line.endsWith("}"))
    .map((line) => JSON.parse(line));
}

async function save(page: Page): Promise<void> {
  await command(page, "docmanager:save");
}

beforeAll(async () => {
  lab = await startLab();
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await lab?.stop();
});

describe("a run in mid-course", () => {
  it("has its last picture in the saved notebook, though the page was reloaded before it ended", async () => {
    writeNotebook(lab, "last.ipynb", [{ source: `${python}\nplay(9)` }]);
    const page = await openNotebook(browser, lab, "last.ipynb");
    await runFirstCell(page);
    await until("three points", async () => (await step(plots(page).first())) >= 30);
    await save(page);
    await page.goto(lab.address("last.ipynb"));
    const plot = plots(page).first();
    await plot.waitFor();
    await until("the end", async () => (await step(plot)) === 1000);
    await until("the picture", async () => {
      await save(page);
      return savedOutput(lab, "last.ipynb")["image/png"] !== undefined;
    });
    const data = savedOutput(lab, "last.ipynb");
    expect(Buffer.from(String(data["image/png"]), "base64").subarray(1, 4).toString()).toBe("PNG");
    expect((data[PLOT_MIME] as PlotMessage).runs[0]).toMatchObject({ seq: 100, state: "finished" });
    expect([data["text/plain"]].flat().join("")).toContain("finished, step 1000 of 1000");
    await page.close();
  });

  it("is shown in a second view and in the panel, also when that is closed and opened again", async () => {
    writeNotebook(lab, "views.ipynb", [{ source: `${python}\nplay(9)` }]);
    const page = await openNotebook(browser, lab, "views.ipynb");
    await runFirstCell(page);
    await plots(page).first().waitFor();
    await command(page, openPanel);
    const panel = panelPlot(page);
    await panel.waitFor();
    expect(await legend(panel)).toContain("ALRIGHT λ=0.5");
    await command(page, "application:close", {}); // the panel has the focus
    await panel.waitFor({ state: "detached" });
    await command(page, "docmanager:open", { path: "views.ipynb" });
    await command(page, "docmanager:clone");
    const views = page.locator(".jp-NotebookPanel .alright-Plot[data-drawn]");
    await until("two views", async () => (await views.count()) === 2);
    await command(page, openPanel);
    await panel.waitFor();
    const seen = await step(panel);
    expect(seen).toBeLessThan(1000);
    await until("the end", async () => (await step(panel)) === 1000);
    for (const view of await views.all())
      await until("the end in a view", async () => (await step(view)) === 1000);
    await page.close();
  });

  it("is told of when it ends while nobody looks at the page", async () => {
    writeNotebook(lab, "notice.ipynb", [{ source: `${python}\nplay(3)` }]);
    const page = await openNotebook(browser, lab, "notice.ipynb");
    await runFirstCell(page);
    await plots(page).first().waitFor();
    await page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true })");
    await page.getByText("has ended after 1000 steps").first().waitFor();
    await page.getByRole("button", { name: "Show", exact: true }).first().click();
    await page.locator(".alright-Panel").waitFor();
    await page.close();
  });

  it("is drawn as the reader has set it", async () => {
    writeNotebook(lab, "set.ipynb", [{ source: `${python}\nplay(8)` }]);
    let page = await openNotebook(browser, lab, "set.ipynb");
    const set = (settings: object) =>
      page.evaluate(async (given) => {
        const { jupyterapp } = globalThis as unknown as {
          jupyterapp: {
            serviceManager: { settings: { save(id: string, raw: string): Promise<unknown> } };
          };
        };
        const { settings: server } = jupyterapp.serviceManager;
        await server.save("jupyterlab-alright:settings", JSON.stringify(given));
      }, settings);
    await set({ firstTab: "losses", followLive: false });
    try {
      await page.close();
      page = await openNotebook(browser, lab, "set.ipynb");
      await runFirstCell(page);
      const plot = plots(page).first();
      await plot.and(page.locator('[data-view="losses"]')).waitFor(); // so the settings have arrived
      // What came while it was first drawn is drawn once more, within a second.
      await page.waitForTimeout(2500);
      const before = await drawn(plot);
      await page.waitForTimeout(2000);
      expect(await drawn(plot)).toBe(before);
      await until("the end", async () => (await step(plot)) === 1000);
    } finally {
      await set({});
      await page.close();
    }
  });

  it("costs nothing while it is hidden", async () => {
    writeNotebook(lab, "hidden.ipynb", [{ source: `${python}\nplay(6)` }]);
    const page = await openNotebook(browser, lab, "hidden.ipynb");
    await runFirstCell(page);
    const plot = page.locator(".alright-Plot");
    await plots(page).first().waitFor();
    await command(page, "launcher:create");
    await plot.waitFor({ state: "hidden" });
    await page.waitForTimeout(300);
    const before = await drawn(plot);
    await page.waitForTimeout(1500);
    expect(await drawn(plot)).toBe(before);
    await page.close();
  });
});

describe("a kernel", () => {
  it("that is interrupted pauses its run; restarted, it no longer holds it, and the controls say so", async () => {
    writeNotebook(
      lab,
      "kernel.ipynb",
      [{ source: "%model toy:conflict\n%alright λ=0.5 steps=2000000" }],
      "alright",
    );
    const page = await openNotebook(browser, lab, "kernel.ipynb");
    await runFirstCell(page);
    const plot = plots(page).first();
    await until("steps", async () => /running, step [1-9]/.test(await summary(plot)), 60);
    await command(page, "notebook:interrupt-kernel");
    const row = rowOf(plot);
    await says(row, "paused");
    const resume = row.getByRole("button", { name: "Resume" });
    expect(await resume.getAttribute("aria-disabled")).toBeNull();
    await restartKernel(page);
    await says(row, "This kernel does not hold the run");
    expect(await resume.getAttribute("aria-disabled")).toBe("true");
    await page.close();
  });

  it("that is restarted in mid-run leaves it paused, in the plot as in the status bar", async () => {
    writeNotebook(
      lab,
      "restart.ipynb",
      [{ source: "%model toy:conflict\nconst run = %alright λ=0.5 steps=5000000 background" }],
      "alright",
    );
    const page = await openNotebook(browser, lab, "restart.ipynb");
    await runFirstCell(page);
    const plot = plots(page).first();
    await until("steps", async () => /running, step [1-9]/.test(await summary(plot)), 60);
    const item = page.locator(".alright-Status button");
    await item.waitFor();
    await restartKernel(page);
    await says(rowOf(plot), "paused");
    await item.waitFor({ state: "hidden" });
    await page.close();
  });
});

it("the status bar says no longer that a run goes on, a moment after its end", async () => {
  writeNotebook(
    lab,
    "short.ipynb",
    [{ source: "%model toy:conflict\nconst run = %alright λ=0.5 steps=400000 checkpoint.every=200000" }],
    "alright",
  );
  const page = await openNotebook(browser, lab, "short.ipynb");
  await runFirstCell(page);
  const item = page.locator(".alright-Status button");
  await item.waitFor();
  await until("the end", async () => /finished, step 400000/.test(await summary(plots(page).first())), 60);
  await page.waitForTimeout(300);
  expect(await item.isVisible()).toBe(false);
  await page.close();
});

describe("the controls", () => {
  it("steer a run by the slider, from the keyboard; the run records λ and the path is marked", async () => {
    writeNotebook(
      lab,
      "steer.ipynb",
      [{ source: "%model toy:conflict\nconst run = %alright λ=0.5 steps=5000000 background" }],
      "alright",
    );
    const page = await openNotebook(browser, lab, "steer.ipynb");
    await runFirstCell(page);
    const plot = plots(page).first();
    const row = rowOf(plot);
    await until("running", async () => /running, step [1-9]/.test(await summary(plot)), 60);
    await row.getByRole("slider", { name: /^λ of/ }).focus();
    for (let i = 0; i < 20; i++) await page.keyboard.press("ArrowRight");
    await until("λ in the run's name", async () => (await legend(plot)).includes("ALRIGHT λ=0.7"));
    const steered = events().filter(({ type }) => type === "steered");
    expect(steered.at(-1)!.options).toEqual({ lambda: 0.7 });
    expect(steered.length).toBeLessThanOrEqual(3); // keys in a row are one order
    await until(
      "the mark",
      async () =>
        (await plot.locator(".scatterlayer .points path").count()) >
        (await plot.locator(".legendpoints path").count()) - 3,
    );
    // The rest from the keyboard, too.
    await row.getByRole("button", { name: "Pause" }).press("Enter");
    await says(row, "paused");
    await row.getByRole("button", { name: "Stop" }).press("Space");
    await says(row, "The run has ended.");
    await page.close();
  });

  it("are off, with the reason, in a notebook that nobody trusted", async () => {
    const running = snapshot({ ...fourMethods.runs[2]!, state: "running" });
    writeNotebook(
      lab,
      "untrusted.ipynb",
      [{ source: "", outputs: [output({ ...fourMethods, runs: [running] })] }],
      "alright",
    );
    const page = await openNotebook(browser, lab, "untrusted.ipynb");
    const row = rowOf(plots(page).first());
    await says(row, "This notebook is not trusted");
    for (const button of await row.getByRole("button").all())
      expect(await button.getAttribute("aria-disabled")).toBe("true");
    expect(await row.getByRole("slider").isDisabled()).toBe(true);
    await page.close();
  });
});

describe("many runs, and long ones", () => {
  let page: Page;
  beforeAll(async () => {
    const runs = Array.from({ length: 50 }, (_, i) => {
      const lambda = (i % 10) / 10;
      const method = ["alright", "mix", "maxright", "sequential", "sft"][Math.floor(i / 10)]!;
      const corner = [1.95 - lambda * 0.3, 1.06 - lambda * 0.5] as const;
      const end = [1.55 + lambda * 0.2, 0.9 - lambda * 0.8 + i / 500] as const;
      return snapshot({
        ...path([[1.95, 1.06], corner, end], 300),
        runId: `run-${i}`,
        name: `run ${i}`,
        method,
        lambda,
      });
    });
    writeNotebook(lab, "fifty.ipynb", [{ source: "", outputs: [output({ ...fourMethods, runs })] }]);
    page = await openNotebook(browser, lab, "fifty.ipynb");
    await plots(page).first().waitFor();
  });
  afterAll(() => page?.close());

  it("fifty runs are in one plot, each in the legend", async () => {
    const names = await legend(plots(page).first());
    const methods = names.filter((name) => /^(ALRIGHT|Mix|MAXRIGHT|Sequential|SFT)/.test(name));
    expect(methods.length, names.join(" | ")).toBe(50);
  });

  it("are replayed by the slider, from the keyboard, in the same axes", async () => {
    const plot = plots(page).first();
    const ticks = () => plot.locator(".xtick text").allTextContents();
    const before = await ticks();
    const slider = plot.getByRole("slider", { name: /^Replay/ });
    await slider.focus();
    await page.keyboard.press("Home");
    await plot.locator(".alright-Plot-replay output", { hasText: "step 0 of 3000" }).waitFor();
    const count = await drawn(plot);
    for (let i = 0; i < 10; i++) await page.keyboard.press("PageUp");
    await until("another picture", async () => (await drawn(plot)) > count);
    expect(await ticks()).toEqual(before);
    await page.keyboard.press("End");
    await plot.locator(".alright-Plot-replay output", { hasText: "newest, step 3000" }).waitFor();
  });

  it("have a front with its hypervolume, and iso-λ lines when they are asked for", async () => {
    const plot = plots(page).first();
    expect((await legend(plot)).some((name) => name.startsWith("Front, hypervolume"))).toBe(true);
    const toggle = plot.getByRole("button", { name: "Iso-λ lines" });
    await toggle.press("Enter");
    expect(await toggle.getAttribute("aria-pressed")).toBe("true");
    await until("lines", async () => (await legend(plot)).some((name) => name.startsWith("Iso-λ 0.")));
  });

  it("insert a cell that trains the chosen trade-off, or loads it", async () => {
    const trusted = plots(page).first();
    await trusted.locator("select").selectOption({ label: "ALRIGHT λ=0.5" });
    const train = trusted.getByRole("button", { name: "Cell that trains it" });
    expect(await train.getAttribute("aria-disabled")).toBe("true"); // nobody trusted this notebook
    writeNotebook(lab, "insert.ipynb", [{ source: `${python}\nplay(0.2, 100, 99)` }]);
    const other = await openNotebook(browser, lab, "insert.ipynb");
    await runFirstCell(other);
    const plot = plots(other).first();
    await until("the end", async () => (await step(plot)) === 1000);
    // By a click on the end of the path…
    const end = plot.locator(".scatterlayer .points path").last();
    const box = (await plot.locator(".nsewdrag").boundingBox())!;
    const place = (await end.boundingBox()) ?? box;
    await other.mouse.move(place.x - 30, place.y - 30);
    await other.mouse.move(place.x + place.width / 2, place.y + place.height / 2, { steps: 4 });
    await other.waitForTimeout(300);
    await other.mouse.click(place.x + place.width / 2, place.y + place.height / 2);
    // … or from the list.
    if ((await plot.locator("select").inputValue()) === "")
      await plot.locator("select").selectOption({ label: "ALRIGHT λ=0.5" });
    await plot.getByRole("button", { name: "Cell that trains it" }).press("Enter");
    const cell = other.locator(".jp-Notebook .cm-content", { hasText: "%alright" }).last();
    expect(await cell.textContent()).toBe("const run = %alright λ=0.5 steps=1000");
    await plot.getByRole("button", { name: "Cell that loads it" }).press("Enter");
    await other.locator(".jp-Notebook .cm-content", { hasText: "const model = %load live" }).waitFor();
    await other.close();
  });
});

it("works from the keyboard alone, with the focus in sight", async () => {
  writeNotebook(lab, "keys.ipynb", [{ source: "", outputs: [output(fourMethods)] }]);
  const page = await openNotebook(browser, lab, "keys.ipynb", { reducedMotion: "reduce" });
  const plot = plots(page).first();
  await plot.waitFor();
  await plot.getByRole("tab", { name: "Objective space" }).focus();
  await page.keyboard.press("ArrowRight");
  await plot.and(page.locator('[data-view="losses"]')).waitFor();
  await page.keyboard.press("ArrowLeft");
  await plot.and(page.locator('[data-view="objective"]')).waitFor();
  // Every control is reached by the tab key, in order, with an outline.
  const reached: string[] = [];
  for (let i = 0; i < 30; i++) {
    await page.keyboard.press("Tab");
    const found = await page.evaluate(() => {
      const { document, getComputedStyle } = globalThis as unknown as {
        document: {
          activeElement: {
            closest(of: string): unknown;
            getAttribute(of: string): string | null;
            textContent: string;
            tagName: string;
          };
        };
        getComputedStyle(of: unknown): { outlineStyle: string };
      };
      const node = document.activeElement;
      if (!node.closest(".alright-Plot") || node.closest(".alright-Plot-figure")) return null;
      return {
        name: node.getAttribute("aria-label") ?? node.textContent,
        outline: getComputedStyle(node).outlineStyle,
        tag: node.tagName,
      };
    });
    if (!found) continue;
    reached.push(found.name);
    expect(found.outline).not.toBe("none");
  }
  for (const name of [/^Pause/, /^Stop/, /^Replay: show/, /^Front/, /^Iso-λ/, /^A run of the plot/])
    expect(
      reached.filter((one) => name.test(one)).length,
      `${name} in ${reached.join(" | ")}`,
    ).toBeGreaterThan(0);
  // Who asked for less motion is not offered an animation.
  expect(await plot.locator('[data-action="replay"]').isVisible()).toBe(false);
  await page.close();
});
