import { randomUUID } from "node:crypto";
import { renderPng, staticSize } from "../../src/figures/index.ts";
import { PLOT_MIME } from "../../src/runs/snapshot.ts";
import type { Configuration, Sweep, SweepSnapshot } from "../../src/sweeps/index.ts";
import { sweepMessage } from "../../src/sweeps/plot.ts";
import type { Content } from "../protocol/message.ts";
import { displayData, updateDisplayData } from "../runtime/display.ts";
import { type Execution, within } from "../runtime/execution.ts";
import { renderTable } from "../runtime/table.ts";
import { plotlyData } from "./plotly.ts";

/** The front of a sweep below its cell, live, and its means with their spread; the last plot carries a picture. */
export class SweepPlot {
  readonly #execution: Execution;
  readonly #ids = { plot: randomUUID(), table: randomUUID() };
  readonly #end: () => void;
  /** Runs that had ended when the table was last sent. */
  #tabled = 0;

  constructor(execution: Execution, sweep: Sweep) {
    this.#execution = execution;
    const snapshot = sweep.snapshot();
    this.#send("plot", plot(snapshot), displayData);
    this.#send("table", table(snapshot), displayData);
    this.#end = sweep.onChange((now) => this.#update(now));
  }

  /** Sends the last state. The picture may fail; the cell does not. */
  async finish(snapshot: SweepSnapshot): Promise<void> {
    this.#end();
    const message = sweepMessage(snapshot);
    const plotly = await plotlyData(message);
    let picture: Content = {};
    let metadata: Content = {};
    try {
      picture = { "image/png": Buffer.from(await renderPng(message)).toString("base64") };
      metadata = { "image/png": { ...staticSize } };
    } catch (error) {
      process.stderr.write(`The sweep's picture could not be drawn: ${(error as Error).message}\n`);
    }
    this.#send("plot", { ...plot(snapshot), ...plotly, ...picture }, undefined, metadata);
    this.#send("table", table(snapshot));
  }

  #update(snapshot: SweepSnapshot): void {
    this.#send("plot", plot(snapshot));
    const ended = snapshot.finished + snapshot.failed + snapshot.stopped;
    if (ended !== this.#tabled) this.#send("table", table(snapshot));
    this.#tabled = ended;
  }

  #send(which: "plot" | "table", data: Content, first?: typeof displayData, metadata: Content = {}): void {
    const id = this.#ids[which];
    within(this.#execution, () => {
      if (first) first(data, metadata, id);
      else updateDisplayData(id, data, metadata);
    });
  }
}

function plot(snapshot: SweepSnapshot): Content {
  const message = sweepMessage(snapshot);
  return { [PLOT_MIME]: message, "text/plain": message.title ?? "" };
}

const columns = [
  "",
  "method",
  "λ",
  "k",
  "options",
  "runs",
  "failed",
  "SFT loss",
  "DPO loss",
  "to the ideal point",
];

/** Configurations with mean ± sample standard deviation over their seeds; those on the front are marked. */
function table({ configurations }: SweepSnapshot): Content {
  const rows = configurations.map((one) => [
    one.onFront ? "front" : "",
    one.method,
    one.lambda,
    one.k,
    one.options,
    one.finished,
    one.failed || "",
    ...[one.sft, one.dpo, one.idealDistance].map(withSpread),
  ]);
  const kept = columns.flatMap((_, i) => (rows.some((row) => row[i] !== "" && row[i] !== null) ? i : []));
  return renderTable(
    kept.map((i) => columns[i]!),
    rows.map((row) => kept.map((i) => row[i])),
  );
}

function withSpread(of: Configuration["dpo"]): string {
  if (!of) return "";
  const spread = of.deviation === null ? "" : ` ± ${Number(of.deviation.toPrecision(2))}`;
  return `${of.mean.toPrecision(4)}${spread}`;
}
