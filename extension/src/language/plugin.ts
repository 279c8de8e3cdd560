import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import type { ICellModel } from "@jupyterlab/cells";
import { EditorExtensionRegistry, IEditorExtensionRegistry } from "@jupyterlab/codemirror";
import { highlightMagics } from "./highlight.ts";

const kernelName = "alright";

export const languagePlugin: JupyterFrontEndPlugin<void> = {
  id: "jupyterlab-alright:language",
  description: "Colours magics in the cells of the kernel TypeScript (ALRIGHT).",
  autoStart: true,
  requires: [IEditorExtensionRegistry],
  activate: (_app, registry: IEditorExtensionRegistry) => {
    registry.addExtension({
      name: "alright-magics",
      factory: ({ model }) => {
        const { type, sharedModel } = model as Partial<ICellModel>;
        if (type !== "code") return null;
        const ours = () => {
          const notebook = (sharedModel as { notebook?: { getMetadata(key: string): unknown } | null })
            ?.notebook;
          const spec = notebook?.getMetadata("kernelspec") as { name?: unknown } | undefined;
          return spec?.name === kernelName;
        };
        return EditorExtensionRegistry.createImmutableExtension(highlightMagics(ours));
      },
    });
  },
};
