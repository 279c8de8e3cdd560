import ts from "#typescript";
import type { ParsedCell } from "./emit.ts";
import type { Symbols } from "./references.ts";

/** A cell within a program: its names are what the type checker says. */
export function checkedCell(program: ts.Program, name: string): ParsedCell {
  const file = program.getSourceFile(name)!;
  return {
    file,
    symbols: checkedSymbols(program, file),
    print: (transformer) => emit(program, file, transformer),
  };
}

function checkedSymbols(program: ts.Program, file: ts.SourceFile): Symbols {
  const checker = program.getTypeChecker();
  return {
    top: () =>
      new Map(
        checker
          .getSymbolsInScope(file, ts.SymbolFlags.Value | ts.SymbolFlags.Alias)
          .map((symbol) => [symbol.name, symbol]),
      ),
    at: (node) =>
      node.parent && ts.isShorthandPropertyAssignment(node.parent) && node.parent.name === node
        ? checker.getShorthandAssignmentValueSymbol(node.parent)
        : checker.getSymbolAtLocation(node),
    isImportedValue: (symbol) => {
      const target = checker.getAliasedSymbol(symbol);
      return (target.flags & ts.SymbolFlags.Value) !== 0 || checker.isUnknownSymbol(target);
    },
  };
}

function emit(
  program: ts.Program,
  file: ts.SourceFile,
  transformer: ts.TransformerFactory<ts.SourceFile>,
): { code: string; map: string } {
  let code = "";
  let map = "";
  program.emit(
    file,
    (name, text) => {
      if (name.endsWith(".map")) map = text;
      else code = text;
    },
    undefined,
    false,
    { before: [transformer] },
  );
  return { code, map };
}
