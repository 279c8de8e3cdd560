import type { TranslationBundle } from "@jupyterlab/translation";
import type { Message } from "@lumino/messaging";
import type { ISignal } from "@lumino/signaling";
import { Widget } from "@lumino/widgets";
import type { Words } from "../../src/figures/words.ts";
import type { PlotMessage, RunSnapshot } from "../../src/runs/snapshot.ts";
import { captions, type Tab } from "./captions.ts";
import { ChosenRun } from "./chosen-run.ts";
import type { Reach } from "./control-token.ts";
import { element, keepKeys } from "./element.ts";
import { themeAt } from "./jupyter-theme.ts";
import { OverlayToggles } from "./overlay-toggles.ts";
import { Pacing } from "./pacing.ts";
import { ReplayBar } from "./replay-bar.ts";
import { hasEnded, type RunReach, RunRows } from "./run-rows.ts";
import { defaultSettings, type IAlrightSettings } from "./settings/token.ts";
import { withNewest } from "./store.ts";
import type { IRunStore } from "./store-token.ts";
import { tableElement } from "./table.ts";
import { Tabs } from "./tabs.ts";

/** How often a screen reader hears of a change, in ms. */
const spokenEvery = 5000;

export interface Surroundings {
  readonly store: IRunStore | null;
  readonly settings: IAlrightSettings | null;
  readonly trans: TranslationBundle;
  /** The same, for figures. */
  readonly words: Words;
  readonly themeChanged: ISignal<unknown, unknown> | null;
  /** What a plot at this node can do to its notebook and kernel. */
  readonly reach: (node: HTMLElement) => Reach;
}

/** Objective space with all that belongs to it: it keeps the latest message and draws it at its own pace. */
export class PlotView extends Widget {
  readonly #around: Surroundings;
  readonly #pacing = new Pacing(() => this.#draw());
  readonly #tabs: Tabs<Tab>;
  readonly #rows: RunRows;
  readonly #overlays: OverlayToggles;
  readonly #chosen: ChosenRun;
  readonly #replay: ReplayBar;
  readonly #tools: HTMLElement;
  readonly #figure = element("div", "alright-Plot-figure");
  /** What the figure shows, in words: beside it, since its own buttons can't be within a picture. */
  readonly #picture = element("span", "alright-Plot-picture");
  readonly #table = element("div", "alright-Plot-table");
  readonly #problem = element("div", "alright-Plot-problem");
  readonly #live = element("div", "alright-Plot-live");
  readonly #inSight: IntersectionObserver;
  readonly #resized: ResizeObserver;
  #drawing: typeof import("./drawing.ts") | undefined;
  /** Reads what was given last, which nobody has looked at yet. */
  #unread: (() => unknown) | undefined;
  #read: unknown;
  #trusted = false;
  #runIds = new Set<string>();
  #tab: Tab | undefined;
  /** Of the runs as they are shown. */
  #states: string | undefined;
  #intersects = false;
  #width = 0;
  #spoken = Number.NEGATIVE_INFINITY;

  constructor(around: Surroundings) {
    super();
    this.#around = around;
    const { trans, store, settings, themeChanged } = around;
    const again = () => this.#pacing.request(true);
    this.addClass("alright-Plot");
    this.#tabs = new Tabs<Tab>(captions(trans), (tab) => this.#choose(tab), trans.__("Views"));
    this.#rows = new RunRows(trans, (run) => this.#reachOf(run));
    this.#overlays = new OverlayToggles(trans, again);
    this.#chosen = new ChosenRun(trans, () => this.#insertion());
    this.#replay = new ReplayBar(trans, again);
    this.#tools = element("div", "alright-Plot-tools", this.#overlays.node, this.#chosen.node);
    this.#picture.setAttribute("role", "img");
    this.#live.setAttribute("aria-live", "polite");
    this.node.append(
      this.#tabs.node,
      this.#rows.node,
      this.#picture,
      this.#figure,
      this.#table,
      this.#replay.node,
      this.#tools,
      this.#problem,
      this.#live,
    );
    for (const node of [this.#replay.node, this.#tools]) node.hidden = true;
    for (const { node } of [this.#tabs, this.#rows, this.#replay]) keepKeys(node);
    keepKeys(this.#tools);
    this.#inSight = new IntersectionObserver(
      (entries) => {
        this.#intersects = entries.at(-1)!.isIntersecting;
        this.#look();
      },
      { rootMargin: "200px" },
    );
    this.#resized = new ResizeObserver((entries) => {
      const { width } = entries.at(-1)!.contentRect;
      if (width !== this.#width) this.#pacing.request(true);
      this.#width = width;
    });
    store?.changed.connect(this.#runChanged, this);
    settings?.changed.connect(this.#setUp, this);
    this.#setUp();
    themeChanged?.connect(again, this);
    document.addEventListener("visibilitychange", this.#look);
  }

  /**
   * Keeps the message; drawing follows at the view's own pace, so a burst of messages costs one drawing, and only what is drawn is
   * read.
   * @param trusted whether the reader trusts where it came from: only then can its runs be controlled
   */
  give(message: () => unknown, trusted: boolean): void {
    this.#unread = message;
    this.#trusted = trusted;
    // Fetched while the page makes room for the plot.
    if (!this.#drawing && this.#runsGiven().length > 0) void import("./drawing.ts").catch(() => undefined); // told when it is drawn
    this.#news();
  }

  get #data(): unknown {
    if (this.#unread) {
      this.#read = this.#unread();
      this.#unread = undefined;
      this.#runIds = new Set(this.#runsGiven().map((run) => run?.runId));
    }
    return this.#read;
  }

  #runsGiven(): readonly RunSnapshot[] {
    const runs = (this.#data as Partial<PlotMessage> | undefined)?.runs;
    return Array.isArray(runs) ? runs : [];
  }

  override dispose(): void {
    if (this.isDisposed) return;
    this.#pacing.dispose();
    this.#replay.dispose();
    this.#rows.dispose();
    this.#inSight.disconnect();
    this.#resized.disconnect();
    this.#around.store?.changed.disconnect(this.#runChanged, this);
    this.#around.settings?.changed.disconnect(this.#setUp, this);
    document.removeEventListener("visibilitychange", this.#look);
    this.#drawing?.purge(this.#figure);
    super.dispose(); // also disconnects this from every signal
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
    if (this.#unread || this.#runIds.has(runId)) this.#news();
  }

  get #settings() {
    return this.#around.settings?.current ?? defaultSettings;
  }

  #setUp(): void {
    this.#pacing.interval = Math.max(calm() ? 1000 : 0, 1000 / this.#settings.drawingRate);
    this.#pacing.request(true);
  }

  /** Something is new: it is drawn, unless the reader set that plots hold still while their runs go on. */
  #news(): void {
    if (this.#settings.followLive || this.#hasTurned()) this.#pacing.request();
  }

  /** Whether no run goes on, or one has another state than is shown. */
  #hasTurned(): boolean {
    const states = this.#newest().runs.map(({ state }) => state);
    const going = states.some((state) => state === "running" || state === "preparing");
    return !going || states.join() !== this.#states;
  }

  /** What was given, with what the store knows since. */
  #newest(): PlotMessage {
    const given = this.#data as PlotMessage;
    return Array.isArray(given?.runs)
      ? withNewest(given, this.#around.store)
      : { version: 1, view: "objective", runs: [] };
  }

  #choose(tab: Tab): void {
    this.#tab = tab;
    this.#pacing.request(true);
  }

  #distrust(): string {
    return this.#around.trans.__("This notebook is not trusted: trust it, or run the cell again.");
  }

  #reachOf(run: RunSnapshot): RunReach {
    const { trans, store } = this.#around;
    if (hasEnded(run)) return { send: null, reason: trans.__("The run has ended.") };
    if (!this.#trusted) return { send: null, reason: this.#distrust() };
    const { send, reason, kernelId } = this.#around.reach(this.node);
    if (send && store && store.holder(run.runId) !== kernelId)
      return { send: null, reason: trans.__("This kernel does not hold the run: %resume goes on with it.") };
    return { send, reason };
  }

  #insertion() {
    const { insert, reason } = this.#around.reach(this.node);
    return this.#trusted ? { insert, reason } : { insert: null, reason: this.#distrust() };
  }

  async #draw(): Promise<void> {
    try {
      const drawing = (this.#drawing ??= await import("./drawing.ts"));
      if (this.isDisposed || !this.isAttached) return;
      const given = this.#data as PlotMessage;
      const message = drawing.readMessage(
        Array.isArray(given?.runs) ? withNewest(given, this.#around.store) : given,
        this.#around.words,
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
    const tab = this.#tab && views.includes(this.#tab) ? this.#tab : this.#firstTab(views, message);
    const { words } = this.#around;
    const labels = drawing.runLabels(message.runs);
    this.#states = message.runs.map(({ state }) => state).join();
    this.#tabs.update(views, tab);
    this.#rows.update(message.runs, labels);
    this.#chosen.update(message.runs, labels);
    this.#overlays.node.hidden = tab !== "objective" || message.runs.length === 0;
    this.#tools.hidden = message.runs.length === 0;
    this.#replay.update(drawing.lastStep(message), tab !== "table");
    this.#say(drawing.summaryText(message, words));
    this.#figure.hidden = tab === "table";
    this.#table.replaceChildren(...(tab === "table" ? [tableElement(drawing.runTable(message, words))] : []));
    const width = this.#figure.clientWidth;
    if (tab !== "table" && width > 0) {
      const { until } = this.#replay;
      await drawing.draw(this.#figure, message, themeAt(this.node), {
        view: tab,
        width,
        words,
        overlays: this.#overlays.chosen,
        ...(until === undefined ? {} : { until }),
        onRun: (runId) => this.#chosen.choose(runId),
      });
    }
    this.node.dataset.view = tab;
    this.node.dataset.drawn = String(Number(this.node.dataset.drawn ?? 0) + 1);
  }

  #firstTab(views: readonly Tab[], { view }: PlotMessage): Tab {
    const { firstTab } = this.#settings;
    return firstTab !== "as sent" && views.includes(firstTab) ? firstTab : view;
  }

  #say(summary: string): void {
    this.#picture.setAttribute("aria-label", summary);
    const now = performance.now();
    if (now - this.#spoken < spokenEvery || this.#live.textContent === summary) return;
    this.#spoken = now;
    this.#live.textContent = summary;
  }
}

/** Who asked for less motion gets a picture a second. */
function calm(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
