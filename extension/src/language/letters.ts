import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { letterName } from "../../../src/letters.ts";

/** On an editor whose cursor stands behind a letter's LaTeX name: there Tab has another meaning. */
const waiting = "alright-mod-letter";
/** More specific than the completer's own, so that Tab comes here first. */
export const letterSelector = `.jp-Notebook.jp-mod-editMode .jp-InputArea-editor .cm-editor.${waiting}`;

function nameAt({ state }: EditorView): { from: number; to: number; letter: string } | null {
  const { main, ranges } = state.selection;
  if (!main.empty || ranges.length > 1) return null;
  const line = state.doc.lineAt(main.head);
  const found = letterName(state.sliceDoc(line.from, main.head));
  return found?.letter ? { from: line.from + found.start, to: main.head, letter: found.letter } : null;
}

/** Marks the editors in which Tab would make a letter of what is before the cursor. */
export function markLetters(applies: () => boolean): Extension {
  return EditorView.updateListener.of(({ view, docChanged, selectionSet, focusChanged }) => {
    if (docChanged || selectionSet || focusChanged)
      view.dom.classList.toggle(waiting, applies() && nameAt(view) !== null);
  });
}

/** Puts the letter in place of its name. */
export function insertLetter(focused: HTMLElement | null): void {
  const view = focused && EditorView.findFromDOM(focused);
  const found = view && nameAt(view);
  if (!found) return;
  const { from, to, letter } = found;
  view.dispatch({
    changes: { from, to, insert: letter },
    selection: { anchor: from + letter.length },
    userEvent: "input.complete",
  });
}
