import type { Page } from "playwright-core";

/** What a page's reader feels, in ms: between two frames, and from a key to the frame that shows it. */
export interface Felt {
  readonly frames: number[];
  readonly keys: number[];
}

/** Starts to measure in a page, before it is loaded. */
export async function installMeter(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const here = globalThis as unknown as {
      meter: { frames: number[]; keys: number[]; drawings: { began: number; ended: number }[] };
      requestAnimationFrame(call: (time: number) => void): void;
      addEventListener(type: string, listener: (event: { timeStamp: number }) => void, options: object): void;
      document: object;
      MutationObserver: new (call: () => void) => { observe(node: object, options: object): void };
    };
    const meter = {
      frames: [] as number[],
      keys: [] as number[],
      drawings: [] as { began: number; ended: number }[],
    };
    here.meter = meter;
    let last = Number.NaN;
    const frame = (time: number) => {
      if (!Number.isNaN(last)) meter.frames.push(time - last);
      last = time;
      here.requestAnimationFrame(frame);
    };
    here.requestAnimationFrame(frame);
    here.addEventListener(
      "keydown",
      ({ timeStamp }) =>
        here.requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          const told = port1 as unknown as { onmessage: () => void };
          told.onmessage = () => meter.keys.push(performance.now() - timeStamp);
          port2.postMessage(null); // after the frame was painted
        }),
      { capture: true },
    );
    // From the first sight of a plot in the page to its first drawing.
    const known = new Map<object, { began: number; ended: number }>();
    new here.MutationObserver(() => {
      const { document } = here as unknown as {
        document: { querySelectorAll(of: string): Iterable<{ dataset: { drawn?: string } }> };
      };
      for (const plot of document.querySelectorAll(".alright-Plot")) {
        let drawing = known.get(plot);
        if (!drawing) {
          drawing = { began: performance.now(), ended: 0 };
          known.set(plot, drawing);
          meter.drawings.push(drawing);
        }
        if (drawing.ended === 0 && plot.dataset.drawn) drawing.ended = performance.now();
      }
    }).observe(here.document, {
      subtree: true,
      childList: true,
      attributes: true,
      attributeFilter: ["data-drawn"],
    });
  });
}

/** Forgets what was measured so far. */
export async function resetMeter(page: Page): Promise<void> {
  await page.evaluate(() => {
    const { meter } = globalThis as unknown as { meter: { frames: number[]; keys: number[] } };
    meter.frames.length = 0;
    meter.keys.length = 0;
  });
}

export function felt(page: Page): Promise<Felt> {
  return page.evaluate(() => {
    const { meter } = globalThis as unknown as { meter: { frames: number[]; keys: number[] } };
    return { frames: [...meter.frames], keys: [...meter.keys] };
  });
}

/** From each plot's first sight to its first drawing, in ms, in the order in which they came. */
export function firstDrawings(page: Page): Promise<number[]> {
  return page.evaluate(() => {
    const { meter } = globalThis as unknown as { meter: { drawings: { began: number; ended: number }[] } };
    return meter.drawings.map(({ began, ended }) => ended - began);
  });
}

/** Bytes of live JavaScript objects, garbage collected first. */
export async function liveHeap(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.enable");
  await session.send("HeapProfiler.collectGarbage");
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  await session.detach();
  return usedSize;
}

/** Counts the bytes that come through the page's web sockets. */
export function countBytes(page: Page): () => number {
  let bytes = 0;
  page.on("websocket", (socket) =>
    socket.on("framereceived", ({ payload }) => {
      bytes += typeof payload === "string" ? Buffer.byteLength(payload) : payload.length;
    }),
  );
  return () => bytes;
}
