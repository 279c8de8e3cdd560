import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette, MainAreaWidget } from "@jupyterlab/apputils";
import { PathExt } from "@jupyterlab/coreutils";
import { IDefaultFileBrowser } from "@jupyterlab/filebrowser";
import { INotebookTracker, NotebookActions } from "@jupyterlab/notebook";
import { IRenderMimeRegistry, MimeModel } from "@jupyterlab/rendermime";
import { ITranslator, nullTranslator, type TranslationBundle } from "@jupyterlab/translation";
import { Menu, Panel } from "@lumino/widgets";
import type { RunSnapshot } from "../../../src/runs/snapshot.ts";
import { askKernel } from "../control.ts";
import { kernelName } from "../kernel-name.ts";
import { plotMime } from "../mime.ts";
import { defaultSettings, IAlrightSettings } from "../settings/token.ts";
import { IRunStore } from "../store-token.ts";
import { wordsOf } from "../words-of.ts";
import { type ExportFormat, exportFormats, RunActions, type RunDesk } from "./actions.ts";
import { runsIcon } from "./icon.ts";
import { JupyterFiles } from "./jupyter-files.ts";
import { RunBrowser } from "./panel.ts";
import { RunList } from "./run-list.ts";

const browseRuns = "alright:browse-runs";
const exportRuns = "alright:export-runs";

export const runBrowserPlugin: JupyterFrontEndPlugin<void> = {
  id: "jupyterlab-alright:run-browser",
  description: "Lists the runs beside the current notebook, to compare, resume, delete and export.",
  autoStart: true,
  requires: [INotebookTracker],
  optional: [
    IRunStore,
    IRenderMimeRegistry,
    IAlrightSettings,
    IDefaultFileBrowser,
    ITranslator,
    ICommandPalette,
    ILayoutRestorer,
  ],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    store: IRunStore | null,
    rendermime: IRenderMimeRegistry | null,
    settings: IAlrightSettings | null,
    browser: IDefaultFileBrowser | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
  ) => {
    const trans = (translator ?? nullTranslator).load("jupyterlab_alright");
    const words = wordsOf(trans);
    const { contents, serverSettings } = app.serviceManager;
    const files = new JupyterFiles(contents, serverSettings, words);
    const place = () => {
      const { runsDirectory } = settings?.current ?? defaultSettings;
      const notebook = notebooks.currentWidget?.context.path;
      return PathExt.join(
        notebook === undefined ? (browser?.model.path ?? "") : PathExt.dirname(notebook),
        runsDirectory,
      );
    };
    const list = new RunList(files, store, place(), words);
    const move = () => {
      list.directory = place();
    };
    notebooks.currentChanged.connect(move);
    settings?.changed.connect(move);
    browser?.model.pathChanged.connect(move);

    const desk = deskOf(app, notebooks, rendermime, trans);
    const panel = new RunBrowser(list, new RunActions(files, list, desk, trans), trans);
    panel.id = "alright-run-browser";
    panel.title.icon = runsIcon;
    panel.title.caption = trans.__("Runs");
    app.shell.add(panel, "left", { rank: 650, type: "Run Browser" });
    restorer?.add(panel, panel.id);
    app.commands.addCommand(browseRuns, {
      label: trans.__("Browse Runs"),
      caption: trans.__("Show the runs beside the current notebook"),
      icon: runsIcon,
      describedBy: { args: { type: "object", properties: {} } },
      execute: () => app.shell.activateById(panel.id),
    });
    palette?.addItem({ command: browseRuns, category: trans.__("Runs") });
  },
};

function deskOf(
  app: JupyterFrontEnd,
  notebooks: INotebookTracker,
  rendermime: IRenderMimeRegistry | null,
  trans: TranslationBundle,
): RunDesk {
  const captions: Readonly<Record<ExportFormat, string>> = {
    csv: trans.__("Table (CSV)"),
    svg: trans.__("Picture (SVG)"),
    png: trans.__("Picture (PNG)"),
    ts: trans.__("TypeScript that makes the run"),
  };
  let chosen: (format: ExportFormat | null) => void = () => {};
  app.commands.addCommand(exportRuns, {
    label: ({ format }) => captions[format as ExportFormat] ?? trans.__("Export Runs"),
    isVisible: ({ format }) => exportFormats.includes(format as ExportFormat),
    describedBy: {
      args: { type: "object", properties: { format: { type: "string", enum: [...exportFormats] } } },
    },
    execute: ({ format }) => chosen(format as ExportFormat),
  });
  const notebook = () => {
    const panel = notebooks.currentWidget;
    const kernel = panel?.sessionContext.session?.kernel;
    return panel && kernel?.name === kernelName ? { panel, kernel } : null;
  };
  let plots = 0;
  return {
    async plot(runs: readonly RunSnapshot[]) {
      if (!rendermime) return;
      const renderer = rendermime.createRenderer(plotMime);
      const content = new Panel();
      content.addClass("alright-RunPlot");
      content.addWidget(renderer);
      const widget = new MainAreaWidget({ content });
      widget.id = `alright-run-plot-${++plots}`;
      widget.title.label = runs.length === 1 ? runs[0]!.name : trans.__("%1 runs", runs.length);
      widget.title.caption = runs.map(({ runId }) => runId).join("\n");
      widget.title.icon = runsIcon;
      app.shell.add(widget, "main");
      app.shell.activateById(widget.id);
      const message = { version: 1, view: "objective", runs };
      await renderer.renderModel(new MimeModel({ data: { [plotMime]: message as never } }));
    },
    get cannotResume() {
      return notebook() ? "" : trans.__("Open a notebook with the kernel TypeScript (ALRIGHT) first.");
    },
    async resume(id, directory) {
      const found = notebook();
      if (!found) return;
      const { panel, kernel } = found;
      if ((await askKernel(kernel, { action: "resume", runId: id }, wordsOf(trans))).ok) return;
      // A run of an earlier kernel: a cell of its own goes on with it, and shows its plot.
      panel.content.activeCellIndex = panel.content.widgets.length - 1;
      NotebookActions.insertBelow(panel.content);
      const from = PathExt.dirname(panel.context.path);
      const path = from && directory.startsWith(`${from}/`) ? directory.slice(from.length + 1) : directory;
      panel.content.activeCell?.model.sharedModel.setSource(`%resume ${path} background`);
      app.shell.activateById(panel.id);
      await NotebookActions.run(panel.content, panel.sessionContext);
    },
    askFormat(below, formats) {
      const menu = new Menu({ commands: app.commands });
      for (const format of formats) menu.addItem({ command: exportRuns, args: { format } });
      const { left, bottom } = below.getBoundingClientRect();
      return new Promise((resolve) => {
        chosen = resolve;
        // The menu closes before its command runs.
        menu.aboutToClose.connect(() => setTimeout(() => resolve(null), 500));
        menu.open(left, bottom);
      });
    },
  };
}
