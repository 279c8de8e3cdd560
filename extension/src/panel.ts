import type { INotebookTracker, NotebookPanel } from "@jupyterlab/notebook";
import type { TranslationBundle } from "@jupyterlab/translation";
import { PanelLayout, Widget } from "@lumino/widgets";
import type { PlotMessage } from "../../src/runs/snapshot.ts";
import { element } from "./element.ts";
import { PlotView, type Surroundings } from "./plot-view.ts";
import type { IRunStore } from "./store-token.ts";

/** The runs of the current notebook's kernel, whichever cells show them. */
export class ObjectivePanel extends Widget {
  readonly #store: IRunStore;
  readonly #notebooks: INotebookTracker;
  readonly #trans: TranslationBundle;
  readonly #view: PlotView;
  readonly #hint = element("p", "alright-Panel-hint");
  #panel: NotebookPanel | null = null;

  constructor(store: IRunStore, notebooks: INotebookTracker, around: Surroundings) {
    super();
    this.#store = store;
    this.#notebooks = notebooks;
    this.#trans = around.trans;
    this.#view = new PlotView(around);
    this.addClass("alright-Panel");
    this.id = "alright-objective-space";
    const layout = new PanelLayout();
    this.layout = layout;
    layout.addWidget(new Widget({ node: this.#hint }));
    layout.addWidget(this.#view);
    store.changed.connect(this.#update, this);
    notebooks.currentChanged.connect(this.#turn, this);
    this.#turn();
  }

  #turn(): void {
    const panel = this.#notebooks.currentWidget;
    if (panel === this.#panel) return;
    this.#panel?.sessionContext.kernelChanged.disconnect(this.#update, this);
    this.#panel?.sessionContext.statusChanged.disconnect(this.#update, this);
    this.#panel = panel;
    panel?.sessionContext.kernelChanged.connect(this.#update, this);
    panel?.sessionContext.statusChanged.connect(this.#update, this);
    this.#update();
  }

  #update(): void {
    if (this.isDisposed) return;
    const kernel = this.#panel?.sessionContext.session?.kernel?.id;
    const runs = kernel ? this.#store.of(kernel) : [];
    const contours = kernel ? this.#store.contours(kernel) : undefined;
    const message: PlotMessage = {
      version: 1,
      view: "objective",
      runs: [...runs].slice(-mostRuns),
      ...(contours ? { contours } : {}),
    };
    this.#hint.textContent =
      runs.length > 0
        ? ""
        : this.#panel
          ? this.#trans.__(
              "The kernel of this notebook has no runs yet: %alright λ=0.5 in a cell starts one.",
            )
          : this.#trans.__("Open a notebook: its kernel’s runs are shown here.");
    this.#view.setHidden(runs.length === 0);
    this.#hint.hidden = runs.length > 0;
    this.#view.give(() => message, true);
  }
}

/** As many as a plot draws. */
const mostRuns = 200;
