import { randomUUID } from "node:crypto";
import { renderPng, staticSize, summaryText } from "../../src/figures/index.ts";
import { PLOT_MIME } from "../../src/runs/snapshot.ts";
import type { Sweep, SweepSnapshot, SweepSummary } from "../../src/sweeps/index.ts";
import { sweepMessage } from "../../src/sweeps/plot.ts";
import type { Content } from "../protocol/message.ts";
import { displayData, updateDisplayData } from "../runtime/display.ts";
import { type Execution, within } from "../runtime/execution.ts";
import { plotlyData } from "./plotly.ts";

/** The front of a sweep below its cell, live; the last message carries a picture. */
export class SweepPlot {
  readonly #execution: Execution;
  readonly #id = randomUUID();
  readonly #end: () => void;

  constructor(execution: Execution, sweep: Sweep) {
    this.#execution = execution;
    this.#send("first", sweep.snapshot());
    this.#end = sweep.onChange((snapshot) => this.#send("update", snapshot));
  }

  async finish(summary: SweepSummary | SweepSnapshot): Promise<void> {
    this.#end();
    const message = sweepMessage(summary);
    const plotly = await plotlyData(message);
    let picture: Content = {};
    let metadata: Content = {};
    try {
      picture = { "image/png": Buffer.from(await renderPng(message)).toString("base64") };
      metadata = { "image/png": { ...staticSize } };
    } catch (error) {
      process.stderr.write(`The sweep's picture could not be drawn: ${(error as Error).message}\n`);
    }
    this.#send("update", summary, { ...plotly, ...picture }, metadata);
  }

  #send(kind: "first" | "update", snapshot: SweepSnapshot, more: Content = {}, metadata: Content = {}): void {
    const message = sweepMessage(snapshot);
    const data = { [PLOT_MIME]: message, ...more, "text/plain": `${message.title}\n${summaryText(message)}` };
    within(this.#execution, () => {
      if (kind === "first") displayData(data, metadata, this.#id);
      else updateDisplayData(this.#id, data, metadata);
    });
  }
}
