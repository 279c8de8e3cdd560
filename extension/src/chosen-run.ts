import type { TranslationBundle } from "@jupyterlab/translation";
import type { RunSnapshot } from "../../src/runs/snapshot.ts";
import { loadingCell, trainingCell } from "./cell-text.ts";
import { button, disable, element } from "./element.ts";

/** Inserts a cell into the plot's notebook, or says why it can't. */
export interface Insertion {
  readonly insert: ((source: string) => void) | null;
  readonly reason: string;
}

/** One run of the plot, chosen in the list or by a click on its path: cells that train or load its trade-off. */
export class ChosenRun {
  readonly node = element("div", "alright-Plot-chosen");
  readonly #trans: TranslationBundle;
  readonly #insertion: () => Insertion;
  readonly #list = element("select", "");
  readonly #train: HTMLButtonElement;
  readonly #load: HTMLButtonElement;
  #runs: readonly RunSnapshot[] = [];
  #offered = "";

  constructor(trans: TranslationBundle, insertion: () => Insertion) {
    this.#trans = trans;
    this.#insertion = insertion;
    this.#list.setAttribute("aria-label", trans.__("A run of the plot, for a cell that trains or loads it"));
    this.#list.addEventListener("change", () => this.#show());
    this.#train = button(trans.__("Cell that trains it"), () => this.#insert(trainingCell));
    this.#load = button(trans.__("Cell that loads it"), () => this.#insert(loadingCell));
    this.#train.dataset.action = "insert-training";
    this.#load.dataset.action = "insert-loading";
    this.node.append(this.#list, this.#train, this.#load);
  }

  update(runs: readonly RunSnapshot[], labels: readonly string[]): void {
    this.#runs = runs;
    this.node.hidden = runs.length === 0;
    const offered = runs.map(({ runId }, i) => `${runId} ${labels[i]}`).join("\n");
    if (offered !== this.#offered) {
      this.#offered = offered;
      const { value } = this.#list;
      const options = runs.map(({ runId }, i) => new Option(labels[i] ?? runId, runId));
      this.#list.replaceChildren(new Option(this.#trans.__("Choose a run…"), ""), ...options);
      this.#list.value = runs.some(({ runId }) => runId === value) ? value : "";
    }
    this.#show();
  }

  /** By a click on the plot; the buttons get the focus. */
  choose(runId: string): void {
    if (!this.#runs.some((run) => run.runId === runId)) return;
    this.#list.value = runId;
    this.#show();
    this.#train.focus();
  }

  #show(): void {
    const run = this.#runs.find(({ runId }) => runId === this.#list.value);
    this.#train.hidden = !run;
    this.#load.hidden = !run;
    if (!run) return;
    const { insert, reason } = this.#insertion();
    disable(this.#train, insert ? "" : reason);
    const trained = run.state === "finished" || run.state === "stopped";
    disable(this.#load, insert ? (trained ? "" : this.#trans.__("The run has not ended.")) : reason);
  }

  #insert(text: (run: RunSnapshot) => string): void {
    const run = this.#runs.find(({ runId }) => runId === this.#list.value);
    if (run) this.#insertion().insert?.(text(run));
  }
}
