import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { INotebookTracker, type NotebookPanel } from "@jupyterlab/notebook";
import { IRunControl } from "./control-token.ts";
import { plotMime } from "./mime.ts";
import { IRunStore } from "./store-token.ts";

const displays = new Set(["display_data", "update_display_data", "execute_result"]);

/**
 * Feeds the store from the notebooks' kernels themselves: after the page was reloaded in mid-run, JupyterLab no longer
 * knows which output an update belongs to, but the messages still come. On every connect the kernel is asked for the
 * snapshots that were missed.
 */
export const feedPlugin: JupyterFrontEndPlugin<void> = {
  id: "jupyterlab-alright:feed",
  description: "Feeds the run store from the kernels' messages.",
  autoStart: true,
  requires: [IRunStore, INotebookTracker],
  optional: [IRunControl],
  activate: (_app, store: IRunStore, notebooks: INotebookTracker, control: IRunControl | null) => {
    const follow = (panel: NotebookPanel) => {
      const { sessionContext } = panel;
      sessionContext.iopubMessage.connect((_, { header, content }) => {
        if (!displays.has(header.msg_type)) return;
        const data = (content as { data?: Record<string, unknown> }).data;
        store.receive((data?.[plotMime] as { runs?: unknown } | undefined)?.runs);
      });
      const ask = async () => {
        const reply = await control?.at(panel.node)?.({ action: "snapshots" });
        store.receive(reply?.snapshots);
      };
      sessionContext.connectionStatusChanged.connect((_, status) => {
        if (status === "connected") void ask();
      });
      void sessionContext.ready.then(ask);
    };
    notebooks.forEach(follow);
    notebooks.widgetAdded.connect((_, panel) => follow(panel));
  },
};
