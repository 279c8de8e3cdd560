import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { plotMime } from "./mime.ts";
import { PlotView } from "./plot-view.ts";

/** One plot in an output area. */
export class PlotWidget extends PlotView implements IRenderMime.IRenderer {
  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    // JupyterLab copies an output whenever it is read: only what is drawn is asked for.
    this.give(() => model.data[plotMime], model.trusted);
  }
}
