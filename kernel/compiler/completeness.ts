import ts from "#typescript";
import { parseMagics } from "../magics/parse.ts";
import type { Completeness } from "./messages.ts";
import type { Session } from "./session.ts";

const UNTERMINATED = new Set([
  1160, // template literal
  1010, // comment
]);

/** Whether the text is a whole cell, or a console should ask for another line. */
export function completeness(session: Session, code: string): Completeness {
  const { blanked, incomplete, problems } = parseMagics(code, session);
  if (incomplete) return { status: "incomplete", indent: "  " };
  if (problems.length > 0) return { status: "invalid", indent: "" };
  const options = {
    reportDiagnostics: true,
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  };
  const errors = ts.transpileModule(blanked, options).diagnostics ?? [];
  if (errors.length === 0) return { status: "complete", indent: "" };
  const end = blanked.trimEnd().length;
  const open = errors.some(({ code: number, start }) => UNTERMINATED.has(number) || (start ?? 0) >= end);
  if (!open) return { status: "invalid", indent: "" };
  return { status: "incomplete", indent: indentation(blanked) };
}

/** The last line's indentation, one level deeper after an opening bracket. */
function indentation(code: string): string {
  const line = code.trimEnd().split("\n").at(-1) ?? "";
  const indent = /^\s*/.exec(line)![0];
  return /[([{]$/.test(line) ? `${indent}  ` : indent;
}
