/**
 * The JupyterLab extension in a browser: what it weighs, and what a reader feels while 12 runs of 1,000 points are sent
 * 10 times a second by our own kernel: frame gaps, typing, the first plot, memory; beside a FigureWidget doing the same updates.
 *
 *     npm run bench -- extension [--seconds N] [--updates N] [--figurewidget] [--slower N] [--json FILE]
 *
 * `--slower N` gives every page the Nth part of the processor: where both draw within one frame, their gaps are the screen's.
 * `--figurewidget` makes `.venv-figurewidget` with JupyterLab, plotly and anywidget on its first use.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { type Lab, openBrowser, startLab } from "../test/e2e/lab.ts";
import { figureWidgetEnvironment } from "./harness/figure-widget.ts";
import { finished } from "./harness/finished-plot.ts";
import { movingRuns } from "./harness/moving-runs.ts";
import { countBytes, felt, firstDrawings, installMeter, liveHeap, resetMeter } from "./harness/page-meter.ts";
import { peers, root } from "./harness/python.ts";
import { percentile } from "./harness/statistics.ts";

const { values } = parseArgs({
  options: {
    json: { type: "string" },
    seconds: { type: "string", default: "20" },
    updates: { type: "string", default: "5000" },
    figurewidget: { type: "boolean", default: false },
    slower: { type: "string", default: "1" },
  },
});
const seconds = Number(values.seconds);
const updates = Number(values.updates);
const [runs, points, rate] = [12, 1000, 10];
const python = readFileSync(join(peers, "live_plot.py"), "utf8");
const plotted = ".alright-Plot[data-drawn]";

/** Gzipped sizes by file: what JupyterLab fetched up to now. */
const weigh = (names: Iterable<string>) =>
  [...names].reduce((sum, name) => {
    const file = join(root, "extension/jupyterlab_alright/labextension/static", name);
    return sum + gzipSync(readFileSync(file)).length;
  }, 0);

interface Opened {
  readonly page: Page;
  readonly fetched: Set<string>;
  readonly bytes: () => number;
}

const kernels = {
  python: { name: "python3", display_name: "Python 3", language: "python" },
  alright: { name: "alright", display_name: "TypeScript (ALRIGHT)", language: "typescript" },
};

async function open(
  browser: Browser,
  lab: Lab,
  name: string,
  cells: readonly object[],
  kernel: keyof typeof kernels = "python",
): Promise<Opened> {
  const notebook = {
    cells: cells.map((cell, i) => ({
      cell_type: "code",
      id: `c${i}`,
      execution_count: null,
      metadata: {},
      outputs: [],
      ...cell,
    })),
    metadata: { kernelspec: kernels[kernel] },
    nbformat: 4,
    nbformat_minor: 5,
  };
  writeFileSync(join(lab.folder, name), JSON.stringify(notebook));
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const fetched = new Set<string>();
  page.on("response", (response) => {
    const found = /extensions\/jupyterlab-alright\/static\/([^?]+\.js)/.exec(response.url());
    if (found) fetched.add(found[1]!);
  });
  const bytes = countBytes(page);
  await installMeter(page);
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: Number(values.slower) });
  await page.goto(lab.address(name));
  await page.locator("#jp-main-statusbar", { hasText: "| Idle" }).waitFor({ timeout: 120_000 });
  return { page, fetched, bytes };
}

async function run(page: Page): Promise<void> {
  await page.locator(".jp-Notebook .jp-Cell .cm-content").first().click();
  await page.keyboard.press("Shift+Enter");
}

/** Types into the last cell while the first one plays. */
async function live({ page, bytes }: Opened, drawn: string) {
  await run(page);
  await page.locator(drawn).first().waitFor({ timeout: 60_000 });
  await page.waitForTimeout(2000);
  await page.locator(".jp-Notebook .jp-Cell .cm-content").last().click();
  await page.locator(drawn).first().scrollIntoViewIfNeeded();
  await page.mouse.move(2, 2); // whoever types does not point at the plot
  await resetMeter(page);
  const before = bytes();
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    await page.keyboard.type("a");
    await page.waitForTimeout(190);
  }
  const { frames, keys } = await felt(page);
  return {
    frameGap95: percentile(frames, 0.95),
    frameGapMost: Math.max(...frames),
    typing50: percentile(keys, 0.5),
    typing95: percentile(keys, 0.95),
    bytesPerSecond: (bytes() - before) / seconds,
  };
}

const ms = (value: number) => `${value.toFixed(0)} ms`;
const kB = (value: number) => `${(value / 1000).toFixed(0)} kB`;
const play = (kind: string, count: number, speed: number) => ({
  source: `${python}\n${kind}(${runs}, ${points}, ${count}, ${speed})`,
});
// The server's own limit, 1 MB/s, would drop messages of this size.
const unlimited = [
  "--ServerApp.iopub_data_rate_limit=1e12",
  "--ZMQChannelsWebsocketConnection.iopub_data_rate_limit=1e12",
];

const browser = await openBrowser();
const lab = await startLab([], { args: unlimited });
const results: Record<string, unknown> = {
  runs,
  points,
  rate,
  seconds,
  updates,
  slower: Number(values.slower),
};
try {
  const cells = [{ source: movingRuns(runs, points, (seconds + 15) * rate, rate) }, { source: "" }];
  const first = await open(browser, lab, "live.ipynb", cells, "alright");
  const main = new Set(first.fetched);
  const ours = await live(first, plotted);
  const lazy = [...first.fetched].filter((name) => !main.has(name));
  const plotly = lazy.filter((name) => weigh([name]) > 200_000);
  const [firstPlot] = await firstDrawings(first.page);
  await first.page.close();
  Object.assign(results, {
    main: weigh(main),
    plotly: weigh(plotly),
    figures: weigh(lazy) - weigh(plotly),
    firstPlot,
    ours,
  });
  console.log(
    `before the first plot ${kB(weigh(main))} gzip (reach: 60 kB); plotly ${kB(weigh(plotly))} (reach: 420 kB); other chunks of the first plot ${kB(weigh(lazy) - weigh(plotly))}`,
  );
  console.log(`first plot, of 12 whole runs at once, ${ms(firstPlot!)}`);
  console.log(
    `12 runs × 1,000 points, 10 updates/s: frame gaps ${ms(ours.frameGap95)} at the 95th percentile, at most ${ms(ours.frameGapMost)} (reach: 50 ms); typing ${ms(ours.typing50)}, 95th ${ms(ours.typing95)} (reach: 50 ms); ${kB(ours.bytesPerSecond)}/s`,
  );

  // The first plot of a page, of a run that begins.
  const toy = { source: "%model toy:conflict\nconst run = %alright λ=0.5 steps=20000" };
  const begun = await open(browser, lab, "begun.ipynb", [toy], "alright");
  const before = begun.fetched.size;
  await run(begun.page);
  await begun.page.locator(plotted).first().waitFor({ timeout: 60_000 });
  const [runPlot] = await firstDrawings(begun.page);
  if (before === begun.fetched.size) throw new Error("plotly was there before the first plot");
  await begun.page.close();
  Object.assign(results, { runPlot });
  console.log(`first plot of a run that begins ${ms(runPlot!)} (reach: 1000 ms)`);

  // Memory: smaller messages, so that the kernel can send as many.
  const small = { source: `${python}\nplay_messages(4, 250, ${updates}, 40)` };
  const long = await open(browser, lab, "memory.ipynb", [small, { source: "" }]);
  await run(long.page);
  await long.page.locator(plotted).first().waitFor();
  const stepOf = async () =>
    Number(
      /step (\d+)/.exec(
        (await long.page.locator('.alright-Plot [role="img"]').getAttribute("aria-label")) ?? "",
      )?.[1],
    );
  const heapAt = async (share: number) => {
    while ((await stepOf()) < updates * share) await long.page.waitForTimeout(200);
    return liveHeap(long.page);
  };
  const early = await heapAt(0.1);
  const middle = await heapAt(0.55);
  const late = await heapAt(1);
  await long.page.close();
  Object.assign(results, { heap: { early, middle, late } });
  console.log(
    `memory over ${updates} updates: ${kB(early)} → ${kB(middle)} → ${kB(late)}, ${(100 * (late / early - 1)).toFixed(1)} % (reach: ± 5 %)`,
  );

  // A finished run, opened while plotly is there already.
  const output = finished(lab);
  const opened = await open(browser, lab, "finished.ipynb", [
    { source: "", outputs: [output] },
    { source: "", outputs: [output] },
  ]);
  await opened.page.locator(plotted).nth(1).waitFor();
  const drawings = await firstDrawings(opened.page);
  await opened.page.evaluate(async (path) => {
    const { jupyterapp } = globalThis as unknown as {
      jupyterapp: { commands: { execute(id: string, args: object): Promise<unknown> } };
    };
    await jupyterapp.commands.execute("docmanager:open", { path });
  }, "finished-too.ipynb");
  await opened.page
    .locator(".jp-NotebookPanel:not(.lm-mod-hidden) .alright-Plot[data-drawn]")
    .first()
    .waitFor();
  const again = (await firstDrawings(opened.page)).at(-1)!;
  await opened.page.close();
  Object.assign(results, { finished: { withPlotly: again, whole: drawings[0] } });
  console.log(
    `a finished run opens in ${ms(again)} (reach: 300 ms), with plotly to load first in ${ms(drawings[0]!)}`,
  );
} finally {
  await lab.stop();
}

if (values.figurewidget) {
  const other = await startLab([], { args: unlimited, venv: figureWidgetEnvironment() });
  try {
    const opened = await open(browser, other, "widget.ipynb", [
      play("play_figure_widget", (seconds + 30) * rate, rate),
      { source: "" },
    ]);
    const theirs = await live(opened, ".js-plotly-plot .scatterlayer .trace");
    Object.assign(results, { figureWidget: theirs });
    console.log(
      `FigureWidget: frame gaps ${ms(theirs.frameGap95)} at the 95th percentile, at most ${ms(theirs.frameGapMost)}; typing ${ms(theirs.typing50)}, 95th ${ms(theirs.typing95)}; ${kB(theirs.bytesPerSecond)}/s`,
    );
  } finally {
    await other.stop();
  }
}
await browser.close();
if (values.json) writeFileSync(values.json, `${JSON.stringify({ name: "extension", results }, null, 2)}\n`);
