import type ts from "#typescript";
import { completeMagic } from "../magics/complete.ts";
import { parseMagics } from "../magics/parse.ts";
import type { Completion } from "./messages.ts";
import type { Service } from "./service.ts";
import type { Session } from "./session.ts";
import { completeSymbol } from "./symbols.ts";

/** Most completions a front end is sent. */
const LARGEST = 500;

/** Jupyter's and JupyterLab's words for what TypeScript calls kinds. */
const TYPES: Readonly<Record<string, string>> = {
  const: "constant",
  let: "variable",
  var: "variable",
  "local var": "variable",
  method: "method",
  property: "property",
  getter: "property",
  setter: "property",
  enum: "enum",
  "enum member": "enum-member",
  alias: "module",
  type: "type",
};

/** Completes a letter's LaTeX name, a magic's names and options, or asks TypeScript. */
export function complete(service: Service, session: Session, code: string, position: number): Completion {
  const symbol = completeSymbol(code, position);
  if (symbol) return symbol;
  const { blanked, calls } = parseMagics(code, session, true);
  const magic = completeMagic(code, position, session, service.directory);
  if (magic) return magic;
  const module = session.module(blanked, calls, true);
  service.program();
  const found = service.language.getCompletionsAtPosition(module.file, position, {
    includeCompletionsWithInsertText: false,
  });
  const start = replacedFrom(found, code, position);
  const typed = code.slice(start, position);
  const entries = (found?.entries ?? []).filter(
    ({ name }) => !/^__(alright|box)_/.test(name) && !calls.some((call) => call.identifier === name),
  );
  // Names in another case only where nothing begins as typed.
  const exact = entries.filter(({ name }) => name.startsWith(typed));
  const lower = typed.toLowerCase();
  const items = (
    exact.length > 0 ? exact : entries.filter(({ name }) => name.toLowerCase().startsWith(lower))
  )
    .sort((a, b) => compare(a.sortText, b.sortText) || compare(a.name, b.name))
    .slice(0, LARGEST)
    .map(({ name, kind }) => ({ text: name, type: TYPES[kind] ?? kind }));
  return { start, end: position, items };
}

/** Where the text that a completion replaces begins: a path in an import may have more in it than a name. */
function replacedFrom(found: ts.CompletionInfo | undefined, code: string, position: number): number {
  const span = found?.entries[0]?.replacementSpan ?? found?.optionalReplacementSpan;
  if (span && span.start <= position) return span.start;
  let start = position;
  while (start > 0 && /[\p{ID_Continue}$]/u.test(code[start - 1]!)) start--;
  return start;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
