import type { TranslationBundle } from "@jupyterlab/translation";
import type { Message } from "@lumino/messaging";
import { Widget } from "@lumino/widgets";
import { type ActionName, actionNames, type RunActions } from "./actions.ts";
import { type Choice, chosenRuns } from "./chosen-runs.ts";
import { RunGrid } from "./grid.ts";
import type { ListedRun, RunList } from "./run-list.ts";
import { RunState } from "./states.ts";

/** How often the directory is looked at while the panel is in sight, in ms. */
const lookEvery = 15_000;

/** The run browser: what to look for, the table, and what can be done with what is ticked. */
export class RunBrowser extends Widget {
  readonly #list: RunList;
  readonly #actions: RunActions;
  readonly #trans: TranslationBundle;
  readonly #grid: RunGrid;
  readonly #place = document.createElement("div");
  readonly #status = document.createElement("div");
  readonly #buttons = new Map<ActionName, HTMLButtonElement>();
  #choice: Choice = { words: "", state: "", sort: null };
  #ticked: ReadonlySet<string> = new Set();
  #shown: readonly ListedRun[] = [];
  #looking: ReturnType<typeof setInterval> | undefined;

  constructor(list: RunList, actions: RunActions, trans: TranslationBundle) {
    super();
    this.#list = list;
    this.#actions = actions;
    this.#trans = trans;
    this.#grid = new RunGrid(trans, {
      sort: (sort) => this.#choose({ sort }),
      tick: (paths, on) => this.#tick(paths, on),
      open: (path) => this.#act("open", [path]),
      remove: () => this.#act("delete"),
      inSight: (paths) => {
        list.inSight = paths;
      },
    });
    this.addClass("alright-Runs");
    this.node.setAttribute("role", "region");
    this.node.setAttribute("aria-label", trans.__("Run browser"));
    this.node.dataset.lmSuppressShortcuts = "true";
    this.#place.className = "alright-Runs-place";
    this.#status.className = "alright-Runs-status";
    this.#status.setAttribute("role", "status");
    this.node.append(this.#place, this.#filters(), this.#toolbar(), this.#grid.node, this.#status);
    list.changed.connect(this.#update, this);
    this.#update();
  }

  override dispose(): void {
    if (this.isDisposed) return;
    clearInterval(this.#looking);
    this.#list.changed.disconnect(this.#update, this);
    super.dispose();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.#look();
  }
  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (this.isVisible) this.#look();
  }
  protected override onBeforeHide(message: Message): void {
    super.onBeforeHide(message);
    clearInterval(this.#looking);
  }
  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this.node.querySelector("input")?.focus();
  }

  #look(): void {
    clearInterval(this.#looking);
    const look = () => {
      if (!document.hidden) void this.#list.refresh();
    };
    look();
    this.#looking = setInterval(look, lookEvery);
  }

  #filters(): HTMLElement {
    const row = document.createElement("div");
    row.className = "alright-Runs-filters";
    const words = document.createElement("input");
    words.type = "search";
    words.className = "jp-mod-styled";
    words.placeholder = this.#trans.__("Name, λ=0.5, model…");
    words.title = this.#trans.__("Words that a run’s name, method, λ or model must have");
    words.setAttribute("aria-label", this.#trans.__("Filter the runs by words"));
    words.addEventListener("input", () => this.#choose({ words: words.value }));
    const state = document.createElement("select");
    state.className = "jp-mod-styled";
    state.setAttribute("aria-label", this.#trans.__("Only runs in this state"));
    state.append(
      new Option(this.#trans.__("any state"), ""),
      ...[...RunState, "unreadable"].map((name) => new Option(this.#trans.__(name), name)),
    );
    state.addEventListener("change", () => this.#choose({ state: state.value }));
    row.append(words, state);
    return row;
  }

  #toolbar(): HTMLElement {
    const bar = document.createElement("div");
    bar.className = "alright-Runs-toolbar";
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", this.#trans.__("What to do with the runs that are ticked"));
    for (const name of actionNames) {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.action = name;
      button.addEventListener("click", () => {
        if (button.getAttribute("aria-disabled") !== "true") this.#act(name, this.#chosen(), button);
      });
      this.#buttons.set(name, button);
      bar.append(button);
    }
    return bar;
  }

  #choose(change: Partial<Choice>): void {
    this.#choice = { ...this.#choice, ...change };
    this.#update();
  }

  #tick(paths: readonly string[], on: boolean): void {
    const ticked = new Set(this.#ticked);
    for (const path of paths) {
      if (on) ticked.add(path);
      else ticked.delete(path);
    }
    this.#ticked = ticked;
    this.#update();
  }

  /** What is ticked; where nothing is, the row that has the focus. */
  #chosen(): string[] {
    const ticked = this.#list.runs.map(({ path }) => path).filter((path) => this.#ticked.has(path));
    const { active } = this.#grid;
    return ticked.length > 0 || active === null ? ticked : [active];
  }

  #runs(paths: readonly string[]): ListedRun[] {
    const wanted = new Set(paths);
    return this.#list.runs.filter(({ path }) => wanted.has(path));
  }

  #act(name: ActionName, paths: readonly string[] = this.#chosen(), from?: HTMLElement): void {
    const runs = this.#runs(paths);
    if (this.#actions.reason(name, runs)) return;
    void this.#actions.act(name, runs, from ?? this.node);
  }

  #update(): void {
    if (this.isDisposed) return;
    const there = new Set(this.#list.runs.map(({ path }) => path));
    this.#ticked = new Set([...this.#ticked].filter((path) => there.has(path)));
    this.#shown = chosenRuns(this.#list.runs, this.#choice);
    this.#grid.update(this.#shown, this.#ticked, this.#choice.sort);
    this.#place.textContent = `/${this.#list.directory}`;
    this.#place.title = this.#trans.__("The directory of runs beside the current notebook");
    this.#status.textContent = this.#says();
    const chosen = this.#runs(this.#chosen());
    for (const [name, button] of this.#buttons) {
      const reason = this.#actions.reason(name, chosen);
      button.textContent = this.#actions.caption(name, chosen.length);
      button.title = reason || this.#actions.help(name);
      button.setAttribute("aria-disabled", String(reason !== ""));
    }
  }

  #says(): string {
    const { problem, exists, runs, left } = this.#list;
    const trans = this.#trans;
    if (problem) return problem;
    if (!exists)
      return trans.__("There is no directory %1 yet: the first run makes it.", this.#list.directory);
    const parts = [trans._n("%1 run", "%1 runs", runs.length)];
    if (this.#shown.length < runs.length) parts.push(trans.__("%1 shown", this.#shown.length));
    if (this.#ticked.size > 0) parts.push(trans.__("%1 ticked", this.#ticked.size));
    if (left > 0) parts.push(trans.__("%1 still to be read", left));
    return parts.join(", ");
  }
}
