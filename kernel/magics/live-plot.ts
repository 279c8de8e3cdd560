import { randomUUID } from "node:crypto";
import { gapBars } from "../../src/figures/gaps.ts";
import { renderPng, staticSize, summaryText } from "../../src/figures/index.ts";
import { type Contours, PLOT_MIME, type PlotMessage } from "../../src/runs/snapshot.ts";
import type { Run } from "../../src/training/run.ts";
import type { Content } from "../protocol/message.ts";
import { displayData, updateDisplayData } from "../runtime/display.ts";
import { type Execution, within } from "../runtime/execution.ts";
import { isGoing, snapshotOf } from "../runtime/runs.ts";
import { plotlyData } from "./plotly.ts";

type View = PlotMessage["view"];

/** Least time between two messages of one plot, in ms (10 a second). */
const INTERVAL = 100;
/**
 * A plot's characters a second. Each message is the whole plot, so that a notebook saved in mid-run has it; what is drawn in
 * between comes through the kernel process's feed (protocol/feed.ts), by what has changed.
 */
const MOST_PER_SECOND = 100_000;

/** How long to wait after a message of so many characters, in ms: a long run is sent whole four times a second, 12 runs every 3 s. */
export function pauseAfter(characters: number): number {
  return Math.max(INTERVAL, (1000 * characters) / MOST_PER_SECOND);
}

export interface PlotOptions {
  readonly view?: string | undefined;
  readonly title?: string;
}

/** One plot below a cell: a display message, updated while its runs go on; the last one carries a picture. */
export class LivePlot {
  readonly #execution: Execution;
  readonly #runs: readonly Run[];
  readonly #view: View;
  readonly #title: string | undefined;
  readonly #id = randomUUID();
  readonly #listeners: (() => void)[] = [];
  readonly #contours: Promise<Contours | undefined>;
  #ready: Contours | undefined;
  #timer: NodeJS.Timeout | null = null;
  #sent = 0;
  #pause = INTERVAL;
  #finished = false;

  constructor(execution: Execution, runs: readonly Run[], { view, title }: PlotOptions) {
    this.#execution = execution;
    this.#runs = runs;
    this.#view = (view as View | undefined) ?? "objective";
    this.#title = title;
    this.#contours = this.#drawContours();
    this.#send("first");
    for (const run of runs) this.#listeners.push(run.onSnapshot(() => this.#changed()));
  }

  /** The toy's loss contours, for the weights view. */
  async #drawContours(): Promise<Contours | undefined> {
    const toy = this.#runs.find((run) => run.specification.model.startsWith("toy:"));
    if (!toy) return undefined;
    const { contours } = await import("../../src/training/toy-task.ts");
    this.#ready = contours(toy.specification.model);
    return this.#ready;
  }

  #message(): PlotMessage {
    const runs = this.#runs.map(snapshotOf);
    const bars = this.#view === "bars" ? gapBars(runs) : null;
    return {
      version: 1,
      view: this.#view,
      runs,
      ...(this.#title && { title: this.#title }),
      ...(this.#ready && { contours: this.#ready }),
      ...(bars && { bars }),
    };
  }

  #send(kind: "first" | "update", more: Content = {}, metadata: Content = {}): void {
    const message = this.#message();
    const data = { [PLOT_MIME]: message, ...more, "text/plain": summaryText(message) };
    within(this.#execution, () => {
      if (kind === "first") displayData(data, metadata, this.#id);
      else updateDisplayData(this.#id, data, metadata);
    });
    this.#sent = Date.now();
    this.#pause = pauseAfter(JSON.stringify(message).length);
  }

  #changed(): void {
    if (this.#finished || this.#timer) return;
    const wait = Math.max(0, this.#sent + this.#pause - Date.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (!this.#finished) this.#send("update");
    }, wait);
  }

  /** Sends the last state, with a picture for whoever can't draw the plot. Drawing may fail; the cell does not. */
  async finish(): Promise<void> {
    this.#finished = true;
    if (this.#timer) clearTimeout(this.#timer);
    for (const end of this.#listeners) end();
    await this.#contours;
    const message = this.#message();
    const { data, metadata } = await picture(message);
    this.#send("update", { ...(await plotlyData(message)), ...data }, metadata);
  }

  /** Follows the runs to their ends, in the background. */
  async untilDone(): Promise<void> {
    await Promise.allSettled(this.#runs.map((run) => run.done));
    await this.finish();
  }

  get isLive(): boolean {
    return this.#runs.some(isGoing);
  }
}

/** The figure as PNG; nothing where it can't be drawn. */
async function picture(message: PlotMessage): Promise<{ data: Content; metadata: Content }> {
  try {
    const png = await renderPng(message);
    return {
      data: { "image/png": Buffer.from(png).toString("base64") },
      metadata: { "image/png": { ...staticSize } },
    };
  } catch (error) {
    process.stderr.write(`The plot's picture could not be drawn: ${(error as Error).message}\n`);
    return { data: {}, metadata: {} };
  }
}

/** Runs as they stand now, as MIME data. */
export async function staticBundle(runs: readonly Run[]): Promise<{ data: Content; metadata: Content }> {
  const message: PlotMessage = { version: 1, view: "objective", runs: runs.map(snapshotOf) };
  const { data, metadata } = await picture(message);
  const plotly = await plotlyData(message);
  return { data: { [PLOT_MIME]: message, ...plotly, ...data, "text/plain": summaryText(message) }, metadata };
}
