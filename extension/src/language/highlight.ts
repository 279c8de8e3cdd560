import { syntaxTree } from "@codemirror/language";
import { type Extension, Prec, RangeSetBuilder } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  type EditorView,
  ViewPlugin,
  type ViewUpdate,
} from "@codemirror/view";
import { magicSpans } from "./magic-spans.ts";

const marks = {
  name: Decoration.mark({ class: "alright-magic-name" }),
  option: Decoration.mark({ class: "alright-magic-option" }),
  number: Decoration.mark({ class: "alright-magic-number" }),
  text: Decoration.mark({ class: "alright-magic-text" }),
};

/** A line longer than this is data. */
const longestLine = 2000;

function decorations(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const { from, to } of view.visibleRanges) {
    for (let at = from; at <= to; ) {
      const line = view.state.doc.lineAt(at);
      if (line.length <= longestLine && !isQuoted(view, line.from + /^\s*/.exec(line.text)![0].length))
        for (const span of magicSpans(line.text))
          builder.add(line.from + span.from, line.from + span.to, marks[span.kind]);
      at = line.to + 1;
    }
  }
  return builder.finish();
}

/** In a comment, or in a text of several lines, nothing is a magic. */
function isQuoted(view: EditorView, at: number): boolean {
  for (let node = syntaxTree(view.state).resolveInner(at, -1); node.parent; node = node.parent)
    if (/Comment|TemplateString/.test(node.name) && node.from < at && node.to >= at) return true;
  return false;
}

/** Colours magics in the cells for which `applies` holds; asked again with every change, as a notebook may change its kernel. */
export function highlightMagics(applies: () => boolean): Extension {
  const plugin = ViewPlugin.fromClass(
    class {
      decorations: DecorationSet;
      constructor(view: EditorView) {
        this.decorations = applies() ? decorations(view) : Decoration.none;
      }
      update({ docChanged, viewportChanged, startState, state, view }: ViewUpdate) {
        if (docChanged || viewportChanged || syntaxTree(startState) !== syntaxTree(state))
          this.decorations = applies() ? decorations(view) : Decoration.none;
      }
    },
    { decorations: ({ decorations: all }) => all },
  );
  // Inside the language's own marks, so that these colours are the ones seen.
  return Prec.lowest(plugin);
}
