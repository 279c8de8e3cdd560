import type { IThemeManager } from "@jupyterlab/apputils";
import type { NotebookPanel } from "@jupyterlab/notebook";
import { type ITranslator, nullTranslator } from "@jupyterlab/translation";
import type { IRunControl, Reach } from "./control-token.ts";
import type { Surroundings } from "./plot-view.ts";
import type { IAlrightSettings } from "./settings/token.ts";
import type { IRunStore } from "./store-token.ts";
import { wordsOf } from "./words-of.ts";

export interface Services {
  readonly store: IRunStore | null;
  readonly control: IRunControl | null;
  readonly themes: IThemeManager | null;
  readonly translator: ITranslator | null;
  readonly settings: IAlrightSettings | null;
}

/**
 * What a plot has around it, as far as those plugins are there.
 * @param notebook where the plot is in none itself
 */
export function surroundings(services: Services, notebook?: () => NotebookPanel | null): Surroundings {
  const trans = (services.translator ?? nullTranslator).load("jupyterlab_alright");
  const unreachable = (reason: string): Reach => ({ kernelId: null, send: null, insert: null, reason });
  return {
    store: services.store,
    settings: services.settings,
    trans,
    words: wordsOf(trans),
    themeChanged: services.themes?.themeChanged ?? null,
    reach: (node) => {
      if (!services.control) return unreachable(trans.__("The plugin that controls runs is disabled."));
      const from = notebook ? notebook() : node;
      return from ? services.control.reach(from) : unreachable(trans.__("No notebook is open."));
    },
  };
}
