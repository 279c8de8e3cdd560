import ts from "#typescript";
import type { ErrorContent } from "../runtime/messages.ts";

/** A cell is no library: these are no reason not to run it. */
const IGNORED = new Set([
  2695, // the left side of a comma is unused
  1202, // `import x = require("x")`, which the kernel carries out
]);

export interface Problem {
  /** Offset into the cell's text. */
  readonly start: number;
  readonly length: number;
  readonly code: string;
  readonly message: string;
}

/** TypeScript's errors in a cell, those of syntax before any other. */
export function problems(service: ts.LanguageService, file: string, end: number): Problem[] {
  const syntactic = service.getSyntacticDiagnostics(file);
  return ofCell(syntactic.length > 0 ? syntactic : service.getSemanticDiagnostics(file), end);
}

/** Errors as the kernel tells them; those beyond the cell's own text are the kernel's business. */
export function ofCell(found: readonly ts.Diagnostic[], end: number): Problem[] {
  return found
    .filter(
      ({ category, code, start }) =>
        category === ts.DiagnosticCategory.Error && !IGNORED.has(code) && start !== undefined && start <= end,
    )
    .map(({ start, length, code, messageText }) => ({
      start: start!,
      length: length ?? 0,
      code: `TS${code}`,
      message: plain(ts.flattenDiagnosticMessageText(messageText, "\n"), code),
    }));
}

/** A magic is awaited: a function around it must be async. */
export function magicsOutsideAsync(
  file: ts.SourceFile,
  magics: readonly { identifier: string }[],
): Problem[] {
  const names = new Set(magics.map(({ identifier }) => identifier));
  const found: Problem[] = [];
  const visit = (node: ts.Node, waits: boolean): void => {
    if (ts.isIdentifier(node) && names.has(node.text) && !waits && !ts.isDeclarationStatement(node.parent)) {
      const start = node.getStart(file);
      const message = "a magic waits for what it does: the function around it must be async";
      found.push({ start, length: node.end - start, code: "magic", message });
    }
    const inner = ts.isFunctionLike(node)
      ? ts.canHaveModifiers(node) &&
        (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword)
      : waits;
    ts.forEachChild(node, (child) => visit(child, inner));
  };
  visit(file, true);
  return found;
}

function plain(message: string, code: number): string {
  if (code === 2632) return message.replace("because it is an import", "because it is a constant");
  if (code === 2307) return `${message} Is the package installed beside the notebook, or the file there?`;
  return message;
}

/** Line and column (from 1) of an offset. */
function place(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - (before.lastIndexOf("\n") + 1) + 1 };
}

/** The `error` message of a cell that was not run: where, which code, and the line it is about. */
export function problemContent(
  ename: string,
  text: string,
  label: string,
  found: readonly Problem[],
): ErrorContent {
  const lines = text.split("\n");
  const traceback: string[] = [];
  for (const problem of found.slice(0, 10)) {
    const { line, column } = place(text, problem.start);
    const source = lines[line - 1] ?? "";
    const width = Math.max(1, Math.min(problem.length, source.length - column + 1));
    traceback.push(`${label}:${line}:${column} - ${problem.code}: ${problem.message}`);
    traceback.push(`    ${source}`);
    traceback.push(`    ${source.slice(0, column - 1).replace(/\S/g, " ")}${"~".repeat(width)}`);
  }
  if (found.length > 10) traceback.push(`… and ${found.length - 10} more`);
  const first = found[0]!;
  const { line, column } = place(text, first.start);
  return {
    ename,
    evalue: `${label}:${line}:${column} - ${first.code}: ${first.message}`,
    traceback: [
      `${ename}: ${found.length === 1 ? "the cell was not run" : `${found.length} errors; the cell was not run`}`,
      ...traceback,
    ],
  };
}
