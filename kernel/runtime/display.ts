import { randomUUID } from "node:crypto";
import type { Content } from "../protocol/message.ts";
import { jsonSafe, LIVE, toBundle } from "./bundle.ts";
import { currentExecution } from "./execution.ts";
import { plotlyFigure } from "./kinds.ts";
import { report } from "./report.ts";
import { renderTable } from "./table.ts";

function publish(kind: string, content: Content): void {
  const execution = currentExecution();
  if (!execution) return;
  report({ type: "publish", parent: execution.parent, kind, content });
}

/** Shows MIME data below the cell; with an id it can be updated later. */
export function displayData(data: Content, metadata: Content = {}, id?: string): void {
  publish("display_data", { data: jsonSafe(data), metadata, transient: id ? { display_id: id } : {} });
}

/** Replaces what a display with this id shows. */
export function updateDisplayData(id: string, data: Content, metadata: Content = {}): void {
  publish("update_display_data", { data: jsonSafe(data), metadata, transient: { display_id: id } });
}

/** Clears the cell's output, at once or (`wait`) when the next output comes, which does not flicker. */
export function clearOutput(options: boolean | { wait?: boolean } = {}): void {
  const wait = typeof options === "object" ? options.wait === true : options;
  publish("clear_output", { wait });
}

/** A place below the cell whose content can be replaced. */
export class Display {
  readonly id: string = randomUUID();
  #shown = false;

  /** Shows a value here, in place of what was shown before. */
  async show(value: unknown): Promise<void> {
    // At once where the value does not make one wait: what is printed next comes after it.
    const made = toBundle(value);
    const { data, metadata } = made instanceof Promise ? await made : made;
    this.raw(data, metadata);
  }

  /** Shows MIME data here. */
  raw(data: Content, metadata: Content = {}): void {
    if (this.#shown) updateDisplayData(this.id, data, metadata);
    else displayData(data, metadata, this.id);
    this.#shown = true;
  }

  html(source: string): void {
    this.raw({ "text/html": source, "text/plain": source.replace(/<[^>]*>/g, "") });
  }
  markdown(source: string): void {
    this.raw({ "text/markdown": source, "text/plain": source });
  }
  text(source: string): void {
    this.raw({ "text/plain": source });
  }
  svg(source: string): void {
    this.raw({ "image/svg+xml": source, "text/plain": "[SVG]" });
  }
  png(bytes: Uint8Array): void {
    this.raw({ "image/png": Buffer.from(bytes).toString("base64"), "text/plain": "[PNG]" });
  }
}

/**
 * Shows a value below the cell and returns its place, which can show another value later. A run's plot is live until
 * the run ends.
 */
export function display(value: unknown): Display {
  const place = new Display();
  const execution = currentExecution();
  const live = (value as Record<symbol, unknown> | null | undefined)?.[LIVE];
  const shown: Promise<void> = typeof live === "function" ? live.call(value, execution) : place.show(value);
  // The cell waits for it, and fails when it fails.
  shown.catch(() => {});
  execution?.showing.push(shown);
  return place;
}

/** What `display` has beyond tslab's: `display.json(value)` and so on. */
export const displayKinds = {
  /** A value as a tree of JSON that can be unfolded. */
  json(value: unknown): void {
    displayData({ "application/json": value, "text/plain": JSON.stringify(value, null, 2) });
  },
  /** A figure of Plotly: `{ data: traces, layout }`. */
  plotly(figure: { readonly data: readonly unknown[]; readonly layout?: object }): void {
    displayData(plotlyFigure({ ...figure }));
  },
  /** Rows as a table: one column for each key that a row has. */
  table(rows: readonly Readonly<Record<string, unknown>>[]): void {
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    displayData(
      renderTable(
        columns,
        rows.map((row) => columns.map((name) => row[name])),
      ),
    );
  },
};

/** Shows text in the front end's pager. */
export function page(text: string): void {
  currentExecution()?.payload.push({ source: "page", data: { "text/plain": String(text) }, start: 0 });
}
