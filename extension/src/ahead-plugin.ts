import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { NotebookActions } from "@jupyterlab/notebook";
import { showsPlot } from "./shows-plot.ts";

/** Fetches what draws plots as soon as a cell is run that will show one: it is there, and compiled, when the kernel sends it. */
export const aheadPlugin: JupyterFrontEndPlugin<void> = {
  id: "jupyterlab-alright:ahead",
  description: "Loads what draws plots when a cell is run that shows one.",
  autoStart: true,
  activate: () => {
    const ahead = (_: unknown, { cell }: { cell: { model: { sharedModel: { getSource(): string } } } }) => {
      if (!showsPlot(cell.model.sharedModel.getSource())) return;
      NotebookActions.executionScheduled.disconnect(ahead);
      void import("./drawing.ts").catch(() => undefined); // the plot itself says what is wrong
    };
    NotebookActions.executionScheduled.connect(ahead);
  },
};
