import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { RunStore } from "./store.ts";
import { IRunStore } from "./store-token.ts";

export const storePlugin: JupyterFrontEndPlugin<IRunStore> = {
  id: "jupyterlab-alright:store",
  description: "Keeps the newest snapshot of every run.",
  autoStart: true,
  provides: IRunStore,
  activate: () => new RunStore(),
};
