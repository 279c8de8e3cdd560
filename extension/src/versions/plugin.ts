import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { Notification } from "@jupyterlab/apputils";
import { INotebookTracker, type NotebookPanel } from "@jupyterlab/notebook";
import { ITranslator, nullTranslator } from "@jupyterlab/translation";
import manifest from "../../package.json";
import { kernelName } from "../kernel-name.ts";
import { misfit } from "./fit.ts";

/** A kernel tells its version as any kernel does, in its `kernel_info_reply`, so that also one that is too old for us tells it. */
export const versionsPlugin: JupyterFrontEndPlugin<void> = {
  id: "jupyterlab-alright:versions",
  description: "Says so when kernel and extension are of different versions.",
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ITranslator],
  activate: (_app, notebooks: INotebookTracker, translator: ITranslator | null) => {
    const trans = (translator ?? nullTranslator).load("jupyterlab_alright");
    const told = new Set<string>();
    const compare = async ({ sessionContext }: NotebookPanel) => {
      const kernel = sessionContext.session?.kernel;
      if (kernel?.name !== kernelName) return;
      const info = await kernel.info.catch(() => null);
      const found = misfit(info?.implementation_version, manifest.version);
      // Once for each version and page: it is the same in every notebook.
      if (!found || told.has(found.kernel)) return;
      told.add(found.kernel);
      const differ = trans.__(
        "The ALRIGHT kernel is version %1, and this extension of JupyterLab is %2: plots and controls may fail.",
        found.kernel,
        found.extension,
      );
      const mend =
        found.older === "extension"
          ? trans.__(
              "Run “npx alright install” where alright-ts %1 is installed (of the wheel: “pip install --upgrade jupyterlab-alright”), then reload this page.",
              found.kernel,
            )
          : trans.__(
              "Install alright-ts %1, run “npx alright install”, then restart the kernel.",
              found.extension,
            );
      Notification.warning(`${differ} ${mend}`, { autoClose: false });
    };
    const listen = (panel: NotebookPanel) => {
      panel.sessionContext.kernelChanged.connect(() => void compare(panel));
      void panel.sessionContext.ready.then(() => compare(panel));
    };
    notebooks.forEach(listen);
    notebooks.widgetAdded.connect((_, panel) => listen(panel));
  },
};
