import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import type { Message } from "@lumino/messaging";
import type { ISignal } from "@lumino/signaling";
import { Widget } from "@lumino/widgets";
import type { View } from "../../src/figures/figure.ts";
import type { PlotMessage } from "../../src/runs/snapshot.ts";
import type { IRunControl } from "./control-token.ts";
import { themeAt } from "./jupyter-theme.ts";
import { Pacing } from "./pacing.ts";
import { RunRows } from "./run-rows.ts";
import { withNewest } from "./store.ts";
import type { IRunStore } from "./store-token.ts";
import { tableElement } from "./table.ts";
import { Tabs } from "./tabs.ts";

type Tab = View | "table";

const captions: Readonly<Record<Tab, string>> = {
  objective: "Objective space",
  losses: "Losses",
  weights: "Weights",
  bars: "Bars",
  front: "Front",
  table: "Table",
};

/** How often a screen reader hears of a change, in ms. */
const spokenEvery = 5000;

export interface PlotWidgetOptions {
  readonly mimeType: string;
  readonly store: IRunStore | null;
  readonly control: IRunControl | null;
  readonly themeChanged: ISignal<unknown, unknown> | null;
}

/** One plot in an output area: it keeps the latest message and draws it at its own pace. */
export class PlotWidget extends Widget implements IRenderMime.IRenderer {
  readonly #options: PlotWidgetOptions;
  readonly #pacing = new Pacing(() => this.#draw());
  readonly #tabs = new Tabs<Tab>(captions, (tab) => this.#choose(tab));
  readonly #rows: RunRows;
  readonly #figure = element("alright-Plot-figure");
  readonly #table = element("alright-Plot-table");
  readonly #problem = element("alright-Plot-problem");
  readonly #live = element("alright-Plot-live");
  readonly #inSight: IntersectionObserver;
  readonly #resized: ResizeObserver;
  #drawing: typeof import("./drawing.ts") | undefined;
  #data: unknown;
  #runIds = new Set<string>();
  #tab: Tab | undefined;
  #intersects = false;
  #width = 0;
  #spoken = Number.NEGATIVE_INFINITY;

  constructor(options: PlotWidgetOptions) {
    super();
    this.#options = options;
    this.addClass("alright-Plot");
    this.#rows = new RunRows(() => options.control?.at(this.node) ?? null);
    this.#figure.setAttribute("role", "img");
    this.#live.setAttribute("aria-live", "polite");
    this.node.append(this.#tabs.node, this.#rows.node, this.#figure, this.#table, this.#problem, this.#live);
    this.#inSight = new IntersectionObserver(
      (entries) => {
        this.#intersects = entries.at(-1)!.isIntersecting;
        this.#look();
      },
      { rootMargin: "200px" },
    );
    this.#resized = new ResizeObserver((entries) => {
      const { width } = entries.at(-1)!.contentRect;
      if (width !== this.#width) this.#pacing.request();
      this.#width = width;
    });
    options.store?.changed.connect(this.#runChanged, this);
    options.themeChanged?.connect(this.#themeChanged, this);
    document.addEventListener("visibilitychange", this.#look);
  }

  /** Keeps the message; drawing follows at the widget's own pace, so a burst of messages costs one drawing. */
  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this.#data = model.data[this.#options.mimeType];
    const runs = (this.#data as Partial<PlotMessage> | undefined)?.runs;
    this.#runIds = new Set(Array.isArray(runs) ? runs.map((run) => run?.runId) : []);
    this.#pacing.request();
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.#pacing.dispose();
    this.#inSight.disconnect();
    this.#resized.disconnect();
    this.#options.store?.changed.disconnect(this.#runChanged, this);
    this.#options.themeChanged?.disconnect(this.#themeChanged, this);
    document.removeEventListener("visibilitychange", this.#look);
    this.#drawing?.purge(this.#figure);
    super.dispose();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.#inSight.observe(this.node);
    this.#resized.observe(this.node);
  }

  protected override onBeforeDetach(message: Message): void {
    this.#inSight.unobserve(this.node);
    this.#resized.unobserve(this.node);
    this.#intersects = false;
    this.#look();
    super.onBeforeDetach(message);
  }

  readonly #look = (): void => {
    this.#pacing.seen = this.#intersects && !document.hidden;
  };

  #runChanged(_: IRunStore, runId: string): void {
    if (this.#runIds.has(runId)) this.#pacing.request();
  }

  #themeChanged(): void {
    this.#pacing.request();
  }

  #choose(tab: Tab): void {
    this.#tab = tab;
    this.#pacing.request();
  }

  async #draw(): Promise<void> {
    try {
      const drawing = (this.#drawing ??= await import("./drawing.ts"));
      if (this.isDisposed || !this.isAttached) return;
      const given = this.#data as PlotMessage;
      const message = drawing.readMessage(
        Array.isArray(given?.runs) ? withNewest(given, this.#options.store) : given,
      );
      await this.#show(drawing, message);
      this.#problem.textContent = "";
    } catch (error) {
      this.#figure.hidden = true;
      this.#problem.textContent = error instanceof Error ? error.message : String(error);
    }
  }

  async #show(drawing: typeof import("./drawing.ts"), message: PlotMessage): Promise<void> {
    const views: Tab[] = [...drawing.viewsOf(message), "table"];
    const tab = this.#tab && views.includes(this.#tab) ? this.#tab : message.view;
    this.#tabs.update(views, tab);
    this.#rows.update(message.runs, drawing.runLabels(message.runs));
    this.#say(drawing.summaryText(message));
    this.#figure.hidden = tab === "table";
    this.#table.replaceChildren(...(tab === "table" ? [tableElement(drawing.runTable(message))] : []));
    const width = this.#figure.clientWidth;
    if (tab === "table" || width === 0) return;
    await drawing.draw(this.#figure, message, themeAt(this.node), { view: tab, width });
    this.node.dataset.view = tab;
    this.node.dataset.drawn = String(Number(this.node.dataset.drawn ?? 0) + 1);
  }

  #say(summary: string): void {
    this.#figure.setAttribute("aria-label", summary);
    const now = performance.now();
    if (now - this.#spoken < spokenEvery || this.#live.textContent === summary) return;
    this.#spoken = now;
    this.#live.textContent = summary;
  }
}

function element(className: string): HTMLElement {
  const node = document.createElement("div");
  node.className = className;
  return node;
}
