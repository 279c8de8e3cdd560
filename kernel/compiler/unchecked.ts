import type ts from "#typescript";
import type { MagicCall } from "../magics/parse.ts";
import { parseAlone, programAlone } from "./alone.ts";
import { checkedCell } from "./checked.ts";
import { type Emitted, emitCell } from "./emit.ts";
import { NeedsChecker, printAlone } from "./print.ts";
import { scopeSymbols } from "./scopes.ts";
import type { CellModule } from "./session.ts";

/** A cell for `%typecheck off`: its syntax, and its code where that holds. */
export interface UncheckedCell {
  readonly file: ts.SourceFile;
  readonly errors: readonly ts.Diagnostic[];
  emit(captured: Set<string>, magics: readonly MagicCall[]): Emitted;
}

/**
 * Reads a cell without types. Neither a program nor a type checker is made, which would take most of the time, but for
 * the few cells that TypeScript can't print without one.
 */
export function uncheckedCell(module: CellModule): UncheckedCell {
  const file = parseAlone(module);
  // Not in the package's types.
  const { parseDiagnostics } = file as unknown as { parseDiagnostics: readonly ts.Diagnostic[] };
  return {
    file,
    errors: parseDiagnostics,
    emit(captured, magics) {
      const print = (transformer: ts.TransformerFactory<ts.SourceFile>) => printAlone(file, transformer);
      try {
        return emitCell({ file, symbols: scopeSymbols(file), print }, module, captured, magics);
      } catch (error) {
        if (!(error instanceof NeedsChecker)) throw error;
        return emitCell(checkedCell(programAlone(module), module.file), module, captured, magics);
      }
    },
  };
}
