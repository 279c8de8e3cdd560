import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { INotebookTracker, type NotebookPanel } from "@jupyterlab/notebook";
import type { UpdateMessage } from "../../src/runs/snapshot-update.ts";
import { IRunControl } from "./control-token.ts";
import { follow } from "./follow.ts";
import { forgetEnded } from "./forget-ended.ts";
import { plotMime, updateMime } from "./mime.ts";
import { IRunStore } from "./store-token.ts";

const displays = new Set(["display_data", "update_display_data", "execute_result"]);

/**
 * Feeds the store from the notebooks' kernels themselves: after the page was reloaded in mid-run, JupyterLab no longer
 * knows which output an update belongs to, but the messages still come. Our own kernel tells by them what has changed. On every connect, also after a restart, the
 * kernel is asked for the snapshots that were missed.
 */
export const feedPlugin: JupyterFrontEndPlugin<void> = {
  id: "jupyterlab-alright:feed",
  description: "Feeds the run store from the kernels' messages.",
  autoStart: true,
  requires: [IRunStore, INotebookTracker],
  optional: [IRunControl],
  activate: (_app, store: IRunStore, notebooks: INotebookTracker, control: IRunControl | null) => {
    const listen = (panel: NotebookPanel) => {
      const { sessionContext } = panel;
      const kernelId = () => sessionContext.session?.kernel?.id;
      sessionContext.iopubMessage.connect((_, { header, content }) => {
        if (!displays.has(header.msg_type)) return;
        const { data, transient } = content as { data?: Record<string, unknown>; transient?: unknown };
        const message = data?.[plotMime] as
          | { view?: unknown; runs?: unknown; contours?: unknown }
          | undefined;
        const id = kernelId();
        if (id) hear(data?.[updateMime], id);
        if (!message) return;
        if (id && message.contours) store.receiveContours(message.contours, id);
        store.receive(message.runs, id);
        forgetEnded(message, (transient as { display_id?: string } | undefined)?.display_id, store);
      });
      const asked = new Set<string>();
      /** What is new of the kernel's runs; a run of which something was missed is asked for whole. */
      const hear = (message: unknown, id: string) => {
        const { snapshots, updates } = (message ?? {}) as Partial<UpdateMessage>;
        store.receive(snapshots, id);
        for (const update of Array.isArray(updates) ? (updates as UpdateMessage["updates"]) : []) {
          if (store.update(update, id)) continue;
          const { runId } = update.run;
          const send = control?.reach(panel).send;
          if (!send || asked.has(runId)) continue;
          asked.add(runId);
          void send({ action: "snapshots", runId }).then((reply) => {
            asked.delete(runId);
            if (reply.ok && kernelId() === id) store.receive(reply.snapshots, id);
          });
        }
      };
      const ask = async () => {
        const id = kernelId();
        const send = control?.reach(panel).send;
        const reply = await send?.({ action: "snapshots" });
        if (!id || !send || !reply?.ok || kernelId() !== id) return;
        const snapshots = reply.snapshots ?? [];
        store.receive(snapshots, id);
        store.keepOnly(
          id,
          snapshots.map(({ runId }) => runId),
        );
        for (const { runId, state } of snapshots)
          if (state === "running" || state === "preparing") void follow(runId, send, store);
      };
      sessionContext.connectionStatusChanged.connect((_, status) => {
        if (status === "connected") void ask();
      });
      sessionContext.statusChanged.connect((_, status) => {
        const id = kernelId();
        // What a restarted or dead kernel held has ended with it, at its last checkpoint.
        if (id && (status === "restarting" || status === "autorestarting" || status === "dead"))
          store.keepOnly(id, []);
      });
      void sessionContext.ready.then(ask);
    };
    notebooks.forEach(listen);
    notebooks.widgetAdded.connect((_, panel) => listen(panel));
  },
};
