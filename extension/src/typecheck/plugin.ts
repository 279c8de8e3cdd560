import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { INotebookTracker, NotebookActions, type NotebookPanel } from "@jupyterlab/notebook";
import { kernelName } from "../kernel-name.ts";
import { chosenMode, keptMode, standard, withMode } from "./mode.ts";

/** The key in the notebook's metadata. */
const key = "alright";

/**
 * Keeps in the notebook's metadata what `%typecheck` has chosen, and tells it to a kernel that starts: a kernel can't write
 * metadata, and does not read them.
 */
export const typecheckPlugin: JupyterFrontEndPlugin<void> = {
  id: "jupyterlab-alright:typecheck",
  description: "Remembers in the notebook how strictly its cells are checked.",
  autoStart: true,
  requires: [INotebookTracker],
  activate: (_app, notebooks: INotebookTracker) => {
    const kernelOf = ({ sessionContext }: NotebookPanel) => {
      const kernel = sessionContext.session?.kernel;
      return kernel?.name === kernelName ? kernel : null;
    };
    const tell = (panel: NotebookPanel) => {
      const mode = keptMode(panel.content.model?.getMetadata(key));
      if (!mode || mode === standard) return;
      // Without an output area: what it prints is shown nowhere.
      kernelOf(panel)?.requestExecute({ code: `%typecheck ${mode}`, silent: true, store_history: false });
    };
    const listen = (panel: NotebookPanel) => {
      const { sessionContext } = panel;
      let isNew = false;
      sessionContext.kernelChanged.connect((_, { newValue }) => {
        isNew = newValue !== null;
      });
      sessionContext.statusChanged.connect((_, status) => {
        if (status === "restarting" || status === "autorestarting") isNew = true;
      });
      sessionContext.connectionStatusChanged.connect((_, status) => {
        if (status !== "connected" || !isNew) return;
        isNew = false;
        tell(panel);
      });
      void sessionContext.ready.then(() => {
        isNew = false;
        tell(panel);
      });
    };
    notebooks.forEach(listen);
    notebooks.widgetAdded.connect((_, panel) => listen(panel));
    NotebookActions.executed.connect((_, { notebook, cell, success }) => {
      const panel = notebooks.find(({ content }) => content === notebook);
      const mode = success && chosenMode(cell.model.sharedModel.getSource());
      if (!mode || !panel || !kernelOf(panel) || !notebook.model) return;
      const before = notebook.model.getMetadata(key);
      if ((keptMode(before) ?? standard) === mode) return;
      const kept = withMode(before, mode);
      if (kept) notebook.model.setMetadata(key, kept);
      else notebook.model.deleteMetadata(key);
    });
  },
};
