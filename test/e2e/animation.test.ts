import { writeFileSync } from "node:fs";
import { applyPalette, GIFEncoder, quantize } from "gifenc";
import type { Browser, Locator, Page } from "playwright-core";
import { expect, it } from "vitest";
import { openBrowser, openNotebook, startLab } from "./lab.ts";
import { summary, until, writeNotebook } from "./notebooks.ts";

// The README's animation: a run of pythia-tiny as it is drawn in JupyterLab, beside a Sequential run that ended before it. Filmed where
// ALRIGHT_ANIMATION names the file:
//     ALRIGHT_ANIMATION=$PWD/docs/screenshots/live.gif npx vitest run --config test/e2e/vitest.config.ts test/e2e/animation

const file = process.env.ALRIGHT_ANIMATION;
const size = { width: 1120, height: 1000 };
/** Of the film, whatever the machine took: ms from one picture to the next, and of the last one. */
const [pace, rest] = [150, 2500];

const settings = `%model pythia-tiny
%data conflict=default quiet
%set batchSize.sft=6 batchSize.dpo=4 evaluation.every=4 evaluation.fraction=0.02 optimizer.learningRate=1e-3
%sequential steps=100`;

it.skipIf(!file)("films a live run", { timeout: 900_000 }, async () => {
  const lab = await startLab();
  const browser = await openBrowser();
  try {
    const cells = [{ source: settings }, { source: "%alright λ=0.5 steps=100 with=all" }];
    writeNotebook(lab, "live.ipynb", cells, "alright");
    const page = await openNotebook(browser, lab, "live.ipynb", { viewport: size });
    await page.locator("#jp-main-statusbar", { hasText: "| Idle" }).waitFor();
    const [before, cell] = [0, 1].map((at) => page.locator(".jp-CodeCell").nth(at)) as [Locator, Locator];
    await run(page, before);
    await until("the first run ends", () => hasEnded(before), 300);
    await run(page, cell);
    const running = async () => /running, step [1-9]/.test(await wordsOf(cell));
    await until("the second run begins", running, 200);
    const pictures: Buffer[] = [];
    const ended = async () => {
      const picture = await cell.screenshot();
      if (!pictures.at(-1)?.equals(picture)) pictures.push(picture);
      return hasEnded(cell);
    };
    await until("the second run ends", ended, 400);
    await page.waitForTimeout(2000);
    pictures.push(await cell.screenshot());
    console.log(`${pictures.length} pictures`);
    expect(pictures.length).toBeGreaterThan(10);
    const gif = await animated(browser, thinned(pictures, 60));
    expect(gif.length).toBeLessThan(2_000_000);
    writeFileSync(file!, gif);
  } finally {
    await browser.close();
    await lab.stop();
  }
});

async function run(page: Page, cell: Locator): Promise<void> {
  await cell.locator(".cm-content").click();
  await page.keyboard.press("Control+Enter");
}

/** Its number stands where the star was. */
const hasEnded = async (cell: Locator) =>
  /\d/.test((await cell.locator(".jp-InputPrompt").textContent()) ?? "");

/** What a cell's plot says of itself; nothing before it is drawn. Plots are drawn only where they can be seen. */
async function wordsOf(cell: Locator): Promise<string> {
  await cell.evaluate((element: unknown) =>
    (element as { scrollIntoView(options: object): void }).scrollIntoView({ block: "start" }),
  );
  const plot = cell.locator(".alright-Plot[data-drawn]");
  return (await plot.count()) > 0 ? summary(plot.first()) : "";
}

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
