import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import type { ICellModel } from "@jupyterlab/cells";
import { EditorExtensionRegistry, IEditorExtensionRegistry } from "@jupyterlab/codemirror";
import { ITranslator, nullTranslator } from "@jupyterlab/translation";
import { kernelName } from "../kernel-name.ts";
import { highlightMagics } from "./highlight.ts";
import { insertLetter, letterSelector, markLetters } from "./letters.ts";

const insertLetterCommand = "alright:insert-letter";

export const languagePlugin: JupyterFrontEndPlugin<void> = {
  id: "jupyterlab-alright:language",
  description:
    "Colours magics in the cells of the kernel TypeScript (ALRIGHT), and makes letters of their LaTeX names.",
  autoStart: true,
  requires: [IEditorExtensionRegistry],
  optional: [ITranslator],
  activate: ({ commands }, registry: IEditorExtensionRegistry, translator: ITranslator | null) => {
    const trans = (translator ?? nullTranslator).load("jupyterlab_alright");
    // The kernel completes these, too, but JupyterLab drops completions that do not begin as what was typed.
    commands.addCommand(insertLetterCommand, {
      label: trans.__("Replace a LaTeX Name by Its Letter"),
      execute: () => insertLetter(document.activeElement as HTMLElement | null),
    });
    commands.addKeyBinding({ command: insertLetterCommand, keys: ["Tab"], selector: letterSelector });
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
        return EditorExtensionRegistry.createImmutableExtension([highlightMagics(ours), markLetters(ours)]);
      },
    });
  },
};
