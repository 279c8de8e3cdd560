import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { PlotMessage } from "../../src/runs/snapshot.ts";
import { fourMethods, path, snapshot } from "../figures/messages.ts";
import { openBrowser, repository } from "./lab.ts";

// The drawing alone, in a page without JupyterLab: what an update that only moves lines leaves behind, and the reader's zoom.

interface Drawing {
  draw(node: unknown, message: PlotMessage, theme: unknown, options: object): Promise<void>;
  readonly themes: { readonly light: unknown };
}
interface Node {
  readonly _fullLayout: { readonly xaxis: { range: number[] }; readonly yaxis: { range: number[] } };
  querySelectorAll(of: string): Iterable<{ getAttribute(name: string): string | null }>;
  dispatchEvent(event: unknown): void;
}
interface Here {
  readonly drawing: Drawing;
  readonly document: { getElementById(id: string): Node };
  readonly PointerEvent: new (type: string) => unknown;
}

let browser: Browser;
let page: Page;

beforeAll(async () => {
  const bundle = await rolldown({
    input: join(repository, "extension/src/drawing.ts"),
    platform: "browser",
  });
  const { output } = await bundle.generate({ format: "iife", name: "drawing" });
  browser = await openBrowser();
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.setContent('<body><div id="plot"></div></body>');
  await page.addScriptTag({ content: output[0].code });
});
afterAll(() => browser?.close());

/** Three runs on their way; the larger `worst`, the further one has strayed. */
function going(update: number, worst = 1.06): PlotMessage {
  const runs = [0.2, 0.5, 0.8].map((lambda, i) => {
    const end = [1.6 - update / 500 + i / 20, 0.4 - update / 500] as const;
    const middle = [1.8, worst] as const;
    const run = path([[1.95, 1.06], middle, end], 200);
    return snapshot({ ...run, runId: `run-${i}`, lambda, state: "running", seq: update, step: update });
  });
  return { ...fourMethods, runs };
}

function draw(message: PlotMessage, width: number): Promise<{ x: number[]; y: number[] }> {
  return page.evaluate(
    async ([given, wide]) => {
      const { drawing, document } = globalThis as unknown as Here;
      const node = document.getElementById("plot");
      const overlays = { front: true, lambdas: true };
      const options = { view: "objective", width: wide, overlays, onRun: () => undefined };
      await drawing.draw(node, given, drawing.themes.light, options);
      const { xaxis, yaxis } = node._fullLayout;
      return { x: [...xaxis.range], y: [...yaxis.range] };
    },
    [message, width] as const,
  );
}

/** Where each line begins and ends, and each marker is. */
function places(): Promise<number[][]> {
  return page.evaluate(() => {
    const { document } = globalThis as unknown as Here;
    const elements = document.getElementById("plot").querySelectorAll(".scatterlayer path");
    return [...elements].map((element) => {
      const text = element.getAttribute("transform") ?? element.getAttribute("d") ?? "";
      const numbers = (text.match(/-?[\d.]+/g) ?? []).map(Number);
      return [...numbers.slice(0, 2), ...numbers.slice(-2)];
    });
  });
}

it("an update that moves lines leaves them where plotly itself draws them", async () => {
  await draw(going(1), 800);
  const before = await places();
  const first = await page.evaluateHandle(
    () => (globalThis as unknown as Here).document.getElementById("plot")._fullLayout,
  );
  const isNew = () =>
    page.evaluate(
      (known) => (globalThis as unknown as Here).document.getElementById("plot")._fullLayout !== known,
      first,
    );
  await draw(going(3), 800);
  expect(await isNew()).toBe(false); // plotly was not asked
  const moved = await places();
  expect(moved).not.toEqual(before);
  await page.evaluate(() => {
    const { document, PointerEvent } = globalThis as unknown as Here;
    document.getElementById("plot").dispatchEvent(new PointerEvent("pointerenter"));
  });
  expect(await isNew()).toBe(true);
  const settled = await places();
  expect(moved.length).toBe(settled.length);
  for (const [i, place] of moved.entries())
    for (const [at, value] of place.entries())
      expect(Math.abs(value - settled[i]![at]!)).toBeLessThanOrEqual(0.11); // tenths of a pixel
});

it("the reader's zoom outlives updates, new ranges and widths, and a double click ends it", async () => {
  const whole = await draw(going(4), 800);
  const box = (await page.locator("#plot .nsewdrag").boundingBox())!;
  await page.mouse.move(box.x + 100, box.y + 100);
  await page.mouse.down();
  await page.mouse.move(box.x + 250, box.y + 200, { steps: 5 });
  await page.mouse.up();
  await page.mouse.move(5, 890);
  const zoomed = await draw(going(5), 800);
  expect(zoomed.x[1]! - zoomed.x[0]!).toBeLessThan(0.5 * (whole.x[1]! - whole.x[0]!));
  expect(await draw(going(6), 500)).toEqual(zoomed);
  expect(await draw(going(7, 1.9), 500)).toEqual(zoomed); // a run has left the axes
  expect(await draw(going(8, 1.9), 900)).toEqual(zoomed);
  const wider = (await page.locator("#plot .nsewdrag").boundingBox())!;
  await page.mouse.dblclick(wider.x + 120, wider.y + 120);
  await expect.poll(async () => (await draw(going(9, 1.9), 900)).y[1]).toBeGreaterThan(1.9);
  expect((await draw(going(9, 1.9), 900)).x).toEqual(whole.x);
});
