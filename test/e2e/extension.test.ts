import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fourMethods, toy } from "../figures/messages.ts";
import { type Lab, openBrowser, openNotebook, startLab } from "./lab.ts";
import {
  legend,
  output,
  pixel,
  plots,
  python,
  runFirstCell,
  step,
  until,
  writeNotebook,
} from "./notebooks.ts";

// Hand-written messages in notebooks of JupyterLab's own Python kernel: the extension alone. Our kernel has the controls.

let lab: Lab;
let browser: Browser;

beforeAll(async () => {
  lab = await startLab();
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await lab?.stop();
});

describe("a saved notebook", () => {
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    const broken = { ...fourMethods, runs: [{ runId: 7 }] };
    writeNotebook(lab, "saved.ipynb", [
      { source: "", outputs: [output(fourMethods, { "image/png": pixel, "text/plain": "words" })] },
      { source: "", outputs: [output(toy)] },
      { source: "", outputs: [output(broken)] },
    ]);
    page = await openNotebook(browser, lab, "saved.ipynb");
    page.on("pageerror", (error) => problems.push(String(error)));
    await plots(page).first().waitFor();
  });
  afterAll(() => page?.close());

  it("is drawn instead of the picture, though nobody trusted it", async () => {
    const plot = plots(page).first();
    expect(await legend(plot)).toEqual([
      "Front, hypervolume 0.331",
      "Sequential",
      "Mix λ=0.5",
      "ALRIGHT λ=0.5",
      "MAXRIGHT λ=0.5",
      "Start",
      "Ideal point",
    ]);
    expect(await page.locator('.jp-OutputArea img[src^="data:image/png"]').count()).toBe(0);
  });

  it("says in words what it shows", async () => {
    const label = await plots(page).first().locator('[role="img"]').getAttribute("aria-label");
    expect(label).toContain("ALRIGHT λ=0.5: finished, step 400 of 400; DPO loss 0.314, SFT loss 1.59");
    expect(label).toContain("distance from the ideal point 0.267");
  });

  it("has tabs for the other views, and a table", async () => {
    const plot = plots(page).first();
    await plot.getByRole("tab", { name: "Losses" }).click();
    await plot.and(page.locator('[data-view="losses"]')).waitFor();
    expect(await plot.locator(".subplot").count()).toBe(2);
    expect(await plot.locator(".shapelayer path").count()).toBe(2); // f* of each
    await plot.getByRole("tab", { name: "Bars" }).click();
    await plot.and(page.locator('[data-view="bars"]')).waitFor();
    expect(await plot.locator(".bars .point").count()).toBe(12);
    await plot.getByRole("tab", { name: "Table" }).click();
    await plot.locator("table").waitFor();
    const row = await plot.locator("tbody tr").nth(2).locator("td").allTextContents();
    expect(row).toEqual([
      "ALRIGHT λ=0.5",
      "finished",
      "400 of 400",
      "0.3144",
      "1.594",
      "0.2494",
      "0.09587",
      "0.2672",
    ]);
    await plot.getByRole("tab", { name: "Objective space" }).click();
    await plot.and(page.locator('[data-view="objective"]')).waitFor();
  });

  it("draws weight space over the contours of both losses", async () => {
    const plot = plots(page).nth(1);
    await plot.scrollIntoViewIfNeeded();
    await plot.and(page.locator('[data-view="weights"]')).waitFor();
    // Level lines of both losses, beside the paths of four runs.
    expect(await plot.locator(".scatterlayer .trace").count()).toBeGreaterThan(100);
    expect(await plot.locator(".subplot").count()).toBe(2);
  });

  it("says what is wrong with a message that it can't read", async () => {
    const broken = page.locator(".alright-Plot-problem", { hasText: "runs.0" });
    await page.locator(".alright-Plot").nth(2).scrollIntoViewIfNeeded();
    await broken.waitFor({ state: "attached" });
    expect(await broken.textContent()).toMatch(/can't be read: runs\.0\.runId/);
  });

  it("offers no button to send data to a cloud, and no logo", async () => {
    const titles = await plots(page)
      .first()
      .locator(".modebar-btn")
      .evaluateAll((buttons) =>
        buttons.map((button) => String((button as unknown as { dataset: { title?: string } }).dataset.title)),
      );
    expect(titles).toContain("Download plot as a PNG");
    expect(titles.filter((title) => /cloud|plotly|edit/i.test(title))).toEqual([]);
  });

  it("follows the theme", async () => {
    const plot = plots(page).first();
    await plot.scrollIntoViewIfNeeded();
    const background = async () =>
      /background: ([^;]+)/.exec(
        (await plot.locator(".main-svg").first().getAttribute("style")) ?? "",
      )?.[1] ?? "";
    expect(await background()).toBe("rgb(255, 255, 255)");
    await page.getByRole("menuitem", { name: "Settings" }).click();
    await page.locator(".lm-Menu-itemLabel", { hasText: /^Theme$/ }).click();
    await page.locator(".lm-Menu-itemLabel", { hasText: /^JupyterLab Dark$/ }).click();
    await until("a dark plot", async () => {
      const [red] = /\d+/.exec(await background()) ?? ["255"];
      return Number(red) < 60;
    });
    expect(problems).toEqual([]);
  });
});

describe("a run", () => {
  it("is drawn as it goes, at most ten times a second, and the reader's zoom stays", async () => {
    writeNotebook(lab, "live.ipynb", [{ source: `${python}\nplay(6)` }]);
    const page = await openNotebook(browser, lab, "live.ipynb");
    await runFirstCell(page);
    const plot = plots(page).first();
    await plot.waitFor();
    await until("ten points", async () => (await step(plot)) > 100);
    const box = (await plot.locator(".nsewdrag").first().boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.3, box.y + box.height * 0.3);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.6, { steps: 5 });
    await page.mouse.up();
    const ticks = () => plot.locator(".xtick text").allTextContents();
    const zoomed = await ticks();
    const before = {
      drawn: Number(await plot.getAttribute("data-drawn")),
      time: Date.now(),
      step: await step(plot),
    };
    await until("the end", async () => (await step(plot)) === 1000);
    const drawn = Number(await plot.getAttribute("data-drawn")) - before.drawn;
    const seconds = (Date.now() - before.time) / 1000;
    expect(before.step).toBeLessThan(900);
    expect(drawn).toBeGreaterThanOrEqual(3);
    expect(drawn / seconds).toBeLessThanOrEqual(11);
    expect(await ticks()).toEqual(zoomed);
    const row = plot.locator(".alright-Plot-run");
    expect(await row.locator(".alright-Plot-reason").textContent()).toBe("The run has ended.");
    for (const button of await row.getByRole("button").all())
      expect(await button.getAttribute("aria-disabled")).toBe("true");
    await page.close();
  });

  it("goes on in its plot after the page was reloaded in the middle of it", async () => {
    writeNotebook(lab, "reload.ipynb", [{ source: `${python}\nplay(25)` }]);
    const page = await openNotebook(browser, lab, "reload.ipynb");
    await runFirstCell(page);
    const plot = plots(page).first();
    await plot.waitFor();
    await until("three points", async () => (await step(plot)) >= 30);
    await page.keyboard.press("Control+s");
    await page
      .locator(".jp-mod-dirty")
      .waitFor({ state: "detached", timeout: 2000 })
      .catch(() => undefined);
    await page.waitForTimeout(500);
    await page.goto(lab.address("reload.ipynb"));
    await plot.waitFor({ timeout: 60_000 });
    const seen = await step(plot);
    expect(seen).toBeLessThan(1000);
    await until("news after the reload", async () => (await step(plot)) > seen + 30);
    await page.close();
  });
});

describe("the controls", () => {
  it("pause, resume and stop a run of the toy, and the plot follows", async () => {
    writeNotebook(
      lab,
      "controls.ipynb",
      [{ source: "%model toy:conflict\nconst run = %alright λ=0.5 steps=2000000 background" }],
      "alright",
    );
    const page = await openNotebook(browser, lab, "controls.ipynb");
    await runFirstCell(page);
    const plot = plots(page).first();
    await plot.waitFor({ timeout: 60_000 });
    const row = plot.locator(".alright-Plot-run");
    const says = (what: string) =>
      until(what, async () => ((await row.textContent()) ?? "").includes(what), 60);
    await says("running");
    await row.getByRole("button", { name: "Pause" }).click();
    await says("paused");
    const paused = await step(plot);
    await row.getByRole("button", { name: "Resume" }).click();
    await says("running");
    await until("steps after the pause", async () => (await step(plot)) > paused, 60);
    await row.getByRole("button", { name: "Stop" }).click();
    await says("The run has ended.");
    expect(await plot.locator('[role="img"]').getAttribute("aria-label")).toContain("stopped, step");
    await page.close();
  });
});
