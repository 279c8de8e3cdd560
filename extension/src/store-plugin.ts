import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ITranslator, nullTranslator } from "@jupyterlab/translation";
import { RunStore } from "./store.ts";
import { IRunStore } from "./store-token.ts";
import { wordsOf } from "./words-of.ts";

export const storePlugin: JupyterFrontEndPlugin<IRunStore> = {
  id: "jupyterlab-alright:store",
  description: "Keeps the newest snapshot of every run.",
  autoStart: true,
  optional: [ITranslator],
  provides: IRunStore,
  activate: (_app, translator: ITranslator | null) => {
    const trans = (translator ?? nullTranslator).load("jupyterlab_alright");
    return new RunStore(wordsOf(trans));
  },
};
