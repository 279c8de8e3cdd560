import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette, IThemeManager, MainAreaWidget, WidgetTracker } from "@jupyterlab/apputils";
import { INotebookTracker } from "@jupyterlab/notebook";
import { ITranslator } from "@jupyterlab/translation";
import { IRunControl } from "./control-token.ts";
import { ObjectivePanel } from "./panel.ts";
import { IAlrightSettings } from "./settings/token.ts";
import { IRunStore } from "./store-token.ts";
import { surroundings } from "./surroundings.ts";

/** Opens the panel, or shows it where it is open; `area: "right"` puts it into the side bar. */
const openObjectiveSpace = "alright:objective-space";

export const panelPlugin: JupyterFrontEndPlugin<void> = {
  id: "jupyterlab-alright:panel",
  description: "Objective space of the current notebook's runs, in a panel of its own.",
  autoStart: true,
  requires: [IRunStore, INotebookTracker],
  optional: [IRunControl, IThemeManager, ITranslator, ICommandPalette, ILayoutRestorer, IAlrightSettings],
  activate: (
    app: JupyterFrontEnd,
    store: IRunStore,
    notebooks: INotebookTracker,
    control: IRunControl | null,
    themes: IThemeManager | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    settings: IAlrightSettings | null,
  ) => {
    const around = surroundings(
      { store, control, themes, translator, settings },
      () => notebooks.currentWidget,
    );
    const { trans } = around;
    const tracker = new WidgetTracker<MainAreaWidget<ObjectivePanel>>({
      namespace: "alright-objective-space",
    });
    let open: MainAreaWidget<ObjectivePanel> | null = null;

    const place = (area: string | undefined) => {
      if (area === "right") return app.shell.add(open!, "right", { type: "Objective space" });
      const notebook = notebooks.currentWidget;
      app.shell.add(open!, "main", { mode: "split-right", ...(notebook ? { ref: notebook.id } : {}) });
    };
    app.commands.addCommand(openObjectiveSpace, {
      label: ({ area }) =>
        area === "right" ? trans.__("Objective Space in the Side Bar") : trans.__("Objective Space"),
      caption: trans.__("Show the runs of the current notebook’s kernel"),
      describedBy: {
        args: { type: "object", properties: { area: { type: "string", enum: ["main", "right"] } } },
      },
      execute: async ({ area }) => {
        if (!open || open.isDisposed) {
          open = new MainAreaWidget({ content: new ObjectivePanel(store, notebooks, around) });
          open.id = "alright-objective-space-panel";
          open.title.label = trans.__("Objective Space");
          open.title.caption = trans.__("The runs of the current notebook’s kernel");
          open.title.closable = true;
          place(area as string | undefined);
          await tracker.add(open);
        }
        app.shell.activateById(open.id);
      },
    });
    palette?.addItem({ command: openObjectiveSpace, category: trans.__("Runs") });
    palette?.addItem({
      command: openObjectiveSpace,
      category: trans.__("Runs"),
      args: { area: "right" },
    });
    void restorer?.restore(tracker, { command: openObjectiveSpace, name: () => "objective-space" });
  },
};
