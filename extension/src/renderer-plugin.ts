import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { IThemeManager } from "@jupyterlab/apputils";
import { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import { ITranslator } from "@jupyterlab/translation";
import { IRunControl } from "./control-token.ts";
import { plotMime } from "./mime.ts";
import { PlotWidget } from "./plot-widget.ts";
import { IAlrightSettings } from "./settings/token.ts";
import { IRunStore } from "./store-token.ts";
import { surroundings } from "./surroundings.ts";

/** Below the ranks of every image type: a message's picture is for viewers without this extension. */
const rank = 10;

export const rendererPlugin: JupyterFrontEndPlugin<void> = {
  id: "jupyterlab-alright:renderer",
  description: "Draws plot messages of ALRIGHT runs, live.",
  autoStart: true,
  requires: [IRenderMimeRegistry],
  optional: [IRunStore, IRunControl, IThemeManager, ITranslator, IAlrightSettings],
  activate: (
    _app,
    rendermime: IRenderMimeRegistry,
    store: IRunStore | null,
    control: IRunControl | null,
    themes: IThemeManager | null,
    translator: ITranslator | null,
    settings: IAlrightSettings | null,
  ) => {
    const around = surroundings({ store, control, themes, translator, settings });
    rendermime.addFactory(
      {
        // Numbers and names only, read against a schema and shown as text: also in notebooks that are not trusted.
        safe: true,
        mimeTypes: [plotMime],
        createRenderer: () => new PlotWidget(around),
      },
      rank,
    );
  },
};
