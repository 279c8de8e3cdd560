import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { INotebookTracker } from "@jupyterlab/notebook";
import type { ControlRequest } from "../../src/runs/snapshot.ts";
import { askKernel } from "./control.ts";
import { IRunControl } from "./control-token.ts";
import { follow } from "./follow.ts";
import { IRunStore } from "./store-token.ts";

const kernelName = "alright";

export const controlPlugin: JupyterFrontEndPlugin<IRunControl> = {
  id: "jupyterlab-alright:control",
  description: "Pauses, resumes and stops runs through the kernel.",
  autoStart: true,
  requires: [INotebookTracker],
  optional: [IRunStore],
  provides: IRunControl,
  activate: (_app, notebooks: INotebookTracker, store: IRunStore | null): IRunControl => ({
    at(node) {
      const kernel = notebooks.find((panel) => panel.node.contains(node))?.sessionContext.session?.kernel;
      if (!kernel || kernel.name !== kernelName || kernel.connectionStatus !== "connected") return null;
      const send = (request: ControlRequest) => askKernel(kernel, request);
      return async (request) => {
        const reply = await send(request);
        if (store && reply.ok && request.runId && request.action !== "snapshots")
          void follow(request.runId, send, store);
        return reply;
      };
    },
  }),
};
