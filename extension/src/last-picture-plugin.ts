import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { isCodeCellModel } from "@jupyterlab/cells";
import { INotebookTracker, type NotebookPanel } from "@jupyterlab/notebook";
import type { IOutputModel } from "@jupyterlab/rendermime";
import { lastMessage } from "./last-message.ts";
import { writeLastPicture } from "./last-picture.ts";
import { plotMime } from "./mime.ts";
import { IRunStore } from "./store-token.ts";

/** How long the kernel's own final message may take, in ms. */
const patience = 3000;

/**
 * When a run ends, writes its last picture into the outputs that show it and that the kernel no longer reaches: after a
 * reload, JupyterLab does not know which output an update belongs to, and the notebook would be saved as it was before.
 */
export const lastPicturePlugin: JupyterFrontEndPlugin<void> = {
  id: "jupyterlab-alright:last-picture",
  description: "Writes the last picture of a run into the outputs that show it.",
  autoStart: true,
  requires: [IRunStore, INotebookTracker],
  activate: (_app, store: IRunStore, notebooks: INotebookTracker) => {
    const pending = new Set<string>();
    const write = async (runId: string) => {
      for (const output of outputsOf(notebooks)) {
        const { runs } = (output.data[plotMime] ?? {}) as { runs?: readonly { runId?: unknown }[] };
        if (!Array.isArray(runs) || !runs.some((run) => run?.runId === runId)) continue;
        await writeLastPicture(output, store).catch((error: unknown) => console.warn(String(error)));
      }
    };
    store.changed.connect((_, runId) => {
      const state = store.get(runId)?.state;
      if (state === "running" || state === "preparing" || pending.has(runId)) return;
      if (![...outputsOf(notebooks)].some((output) => lastMessage(output.data[plotMime], store))) return;
      pending.add(runId);
      setTimeout(() => {
        pending.delete(runId);
        void write(runId);
      }, patience);
    });
  },
};

function outputsOf(notebooks: INotebookTracker): Set<IOutputModel> {
  const outputs = new Set<IOutputModel>();
  notebooks.forEach((panel: NotebookPanel) => {
    for (const cell of panel.content.model?.cells ?? []) {
      if (!isCodeCellModel(cell)) continue;
      for (let i = 0; i < cell.outputs.length; i++) {
        const output = cell.outputs.get(i);
        if (output.data[plotMime] !== undefined) outputs.add(output);
      }
    }
  });
  return outputs;
}
