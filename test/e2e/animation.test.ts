import { writeFileSync } from "node:fs";
import { applyPalette, GIFEncoder, quantize } from "gifenc";
import type { Browser, Page } from "playwright-core";
import { expect, it } from "vitest";
import { openBrowser, openNotebook, startLab } from "./lab.ts";
import { plots, summary, until, writeNotebook } from "./notebooks.ts";

// The README's animation: a run of pythia-tiny as it is drawn in JupyterLab, beside a Sequential run that ended before it. Filmed where
// ALRIGHT_ANIMATION names the file:
//     ALRIGHT_ANIMATION=$PWD/docs/screenshots/live-run.gif npx vitest run --config test/e2e/vitest.config.ts test/e2e/animation

const file = process.env.ALRIGHT_ANIMATION;
const size = { width: 900, height: 640 };
/** Of the film, whatever the machine took: ms from one picture to the next, and of the last one. */
const [pace, rest] = [130, 3000];

const settings = `%model pythia-tiny
%data conflict=default quiet
%set steps=120 learningRate=1e-3 batchSize.sft=6 batchSize.dpo=4 evaluation.every=4 evaluation.fraction=0.02 reference=chosen:60
%sequential`;

it.skipIf(!file)("films a live run", { timeout: 1_500_000 }, async () => {
  const lab = await startLab();
  const browser = await openBrowser();
  try {
    writeNotebook(
      lab,
      "live-run.ipynb",
      [{ source: settings }, { source: "%alright λ=0.5 with=all" }],
      "alright",
    );
    const page = await openNotebook(browser, lab, "live-run.ipynb", { viewport: size });
    await page.locator("#jp-main-statusbar", { hasText: "| Idle" }).waitFor();
    await run(page, 0);
    await until(
      "the first run ends",
      async () => (await states(page))[0]?.includes("finished") ?? false,
      900,
    );
    await run(page, 1);
    await until("the second run begins", async () => (await plots(page).count()) === 2, 300);
    const cell = page.locator(".jp-CodeCell").nth(1);
    await cell.evaluate((element: unknown) =>
      (element as { scrollIntoView(options: object): void }).scrollIntoView({ block: "start" }),
    );
    const pictures: Buffer[] = [];
    const live = async () => {
      const picture = await cell.screenshot();
      if (!pictures.at(-1)?.equals(picture)) pictures.push(picture);
      return (await states(page))[1]?.includes("finished") ?? false;
    };
    await until("the second run ends", live, 900);
    await page.waitForTimeout(1000);
    pictures.push(await cell.screenshot());
    const gif = await animated(browser, thinned(pictures, 60));
    writeFileSync(file!, gif);
    expect(gif.length).toBeLessThan(2_000_000);
    expect(pictures.length).toBeGreaterThan(10);
  } finally {
    await browser.close();
    await lab.stop();
  }
});

async function run(page: Page, at: number): Promise<void> {
  await page.locator(".jp-CodeCell .cm-content").nth(at).click();
  await page.keyboard.press("Control+Enter");
}

const states = async (page: Page) => Promise.all((await plots(page).all()).map(summary));

/** At most so many pictures, evenly chosen, the last among them. */
function thinned<T>(all: readonly T[], most: number): T[] {
  const every = Math.max(1, (all.length - 1) / (most - 1));
  const kept = Math.min(all.length, most);
  return Array.from({ length: kept }, (_, i) => all[Math.round(i * every)]!);
}

/** PNG pictures as a GIF; a page of the browser decodes them. */
async function animated(browser: Browser, pictures: readonly Buffer[]): Promise<Uint8Array> {
  const page = await browser.newPage();
  const gif = GIFEncoder();
  let first: { width: number; height: number } | null = null;
  for (const [i, picture] of pictures.entries()) {
    const { width, height, pixels } = await decoded(page, picture.toString("base64"), first);
    first ??= { width, height };
    const rgba = new Uint8ClampedArray(Buffer.from(pixels, "base64"));
    const palette = quantize(rgba, 64);
    const delay = i === pictures.length - 1 ? rest : pace;
    gif.writeFrame(applyPalette(rgba, palette), width, height, { palette, delay });
  }
  gif.finish();
  await page.close();
  return gif.bytes();
}

/** @param size of the film, where it has begun: later pictures are laid on it */
function decoded(page: Page, png: string, size: { width: number; height: number } | null) {
  const script = `(async ({ png, size }) => {
    const image = await createImageBitmap(await (await fetch("data:image/png;base64," + png)).blob());
    const { width, height } = size ?? image;
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d");
    context.fillStyle = "white";
    context.fillRect(0, 0, width, height);
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    let text = "";
    for (let at = 0; at < data.length; at += 32768) text += String.fromCharCode(...data.subarray(at, at + 32768));
    return { width, height, pixels: btoa(text) };
  })(${JSON.stringify({ png, size })})`;
  return page.evaluate(script) as Promise<{ width: number; height: number; pixels: string }>;
}
