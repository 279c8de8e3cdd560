import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { INotebookTracker, NotebookActions, type NotebookPanel } from "@jupyterlab/notebook";
import { ITranslator, nullTranslator } from "@jupyterlab/translation";
import type { ControlRequest } from "../../src/runs/snapshot.ts";
import { askKernel } from "./control.ts";
import { IRunControl, type Reach } from "./control-token.ts";
import { follow } from "./follow.ts";
import { kernelName } from "./kernel-name.ts";
import { IRunStore } from "./store-token.ts";
import { wordsOf } from "./words-of.ts";

export const controlPlugin: JupyterFrontEndPlugin<IRunControl> = {
  id: "jupyterlab-alright:control",
  description: "Pauses, resumes, stops and steers runs through the kernel.",
  autoStart: true,
  requires: [INotebookTracker],
  optional: [IRunStore, ITranslator],
  provides: IRunControl,
  activate: (
    _app,
    notebooks: INotebookTracker,
    store: IRunStore | null,
    translator: ITranslator | null,
  ): IRunControl => {
    const trans = (translator ?? nullTranslator).load("jupyterlab_alright");
    const words = wordsOf(trans);
    const reach = (from: Node | NotebookPanel): Reach => {
      const panel = from instanceof Node ? notebooks.find((one) => one.node.contains(from)) : from;
      const kernel = panel?.sessionContext.session?.kernel;
      const nothing = { kernelId: kernel?.id ?? null, send: null, insert: panel ? inserter(panel) : null };
      if (!panel) return { ...nothing, reason: trans.__("This plot belongs to no open notebook.") };
      if (!kernel) return { ...nothing, reason: trans.__("The notebook has no kernel: start one.") };
      if (kernel.name !== kernelName)
        return { ...nothing, reason: trans.__("The kernel %1 holds no runs.", kernel.name) };
      if (kernel.connectionStatus !== "connected" || kernel.status === "dead")
        return { ...nothing, reason: trans.__("The kernel is gone or not connected.") };
      const send = (request: ControlRequest) => askKernel(kernel, request, words);
      return {
        ...nothing,
        kernelId: kernel.id,
        reason: "",
        send: async (request) => {
          const reply = await send(request);
          if (store && reply.ok && request.runId && request.action !== "snapshots")
            void follow(request.runId, send, store);
          return reply;
        },
      };
    };
    return { reach, at: (node) => reach(node).send };
  },
};

function inserter(panel: NotebookPanel): (source: string) => void {
  return (source) => {
    const { content: notebook } = panel;
    NotebookActions.insertBelow(notebook);
    notebook.activeCell?.model.sharedModel.setSource(source);
    notebook.mode = "edit";
    notebook.activate();
    if (notebook.activeCell) void notebook.scrollToCell(notebook.activeCell);
  };
}
