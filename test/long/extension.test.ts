import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { PLOT_MIME, type PlotMessage } from "../../src/runs/snapshot.ts";
import { command, type Lab, openBrowser, openNotebook, startLab } from "../e2e/lab.ts";
import { plots, runFirstCell, savedOutput, summary, until, writeNotebook } from "../e2e/notebooks.ts";

// What takes a browser and more than a few seconds. Without a browser (CHROMIUM) it is skipped.

let lab: Lab;
let browser: Browser;

beforeAll(async () => {
  if (!process.env.CHROMIUM) return;
  lab = await startLab();
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await lab?.stop();
});

it.skipIf(!process.env.CHROMIUM)("a run of 100,000 steps is drawn whole, by few points", async () => {
  writeNotebook(
    lab,
    "long.ipynb",
    [{ source: "%model toy:conflict\n%alright λ=0.5 steps=100000" }],
    "alright",
  );
  const long = await openNotebook(browser, lab, "long.ipynb");
  await runFirstCell(long);
  const plot = plots(long).first();
  await until("the end", async () => /finished, step 100000 of 100000/.test(await summary(plot)), 120);
  await until("the picture", async () => {
    await command(long, "docmanager:save");
    return savedOutput(lab, "long.ipynb")?.["image/png"] !== undefined;
  });
  const [run] = (savedOutput(lab, "long.ipynb")[PLOT_MIME] as PlotMessage).runs;
  expect(run!.series.step.length + run!.series.trainStep.length).toBeLessThanOrEqual(1000);
  expect(run!.series.step.at(-1)).toBe(100_000);
  expect(JSON.stringify(run).length).toBeLessThanOrEqual(25_000);
  await plot.getByRole("tab", { name: "Steps" }).click();
  await plot.and(long.locator('[data-view="steps"]')).waitFor();
  expect(await plot.locator(".subplot").count()).toBe(2);
  await long.close();
});
