import ts from "#typescript";
import { isRootOfAlias } from "./alias.ts";
import { ALONE } from "./alone.ts";
import type { Symbols } from "./references.ts";
import { isDeclarationName } from "./syntax.ts";

interface Bound {
  readonly symbol?: ts.Symbol;
  readonly locals?: ts.SymbolTable;
}

const symbolOf = (node: ts.Node) => (node as Bound).symbol;

type Resolve = (
  from: ts.Node,
  name: ts.__String,
  meaning: ts.SymbolFlags,
  message: undefined,
  isUse: boolean,
) => ts.Symbol | undefined;

/** Exported by TypeScript, but not in the package's types: what its checker finds names with. */
const { bindSourceFile, isExpressionNode, createNameResolver } = ts as unknown as {
  bindSourceFile(file: ts.SourceFile, options: ts.CompilerOptions): void;
  isExpressionNode(node: ts.Node): boolean;
  createNameResolver(parts: {
    compilerOptions: ts.CompilerOptions;
    argumentsSymbol: object;
    requireSymbol: undefined;
    globals: ts.SymbolTable;
    error(): void;
    getSymbolOfDeclaration(node: ts.Node): ts.Symbol | undefined;
    lookup(table: ts.SymbolTable, name: ts.__String, meaning: ts.SymbolFlags): ts.Symbol | undefined;
  }): Resolve;
};

const resolve = createNameResolver({
  compilerOptions: ALONE,
  argumentsSymbol: {},
  requireSymbol: undefined,
  globals: new Map() as unknown as ts.SymbolTable,
  error: () => {},
  getSymbolOfDeclaration: symbolOf,
  lookup(table, name, meaning) {
    const symbol = table.get(name);
    // Nobody knows what is imported: it may be meant.
    return symbol && symbol.flags & (meaning | ts.SymbolFlags.Alias) ? symbol : undefined;
  },
});

/** The names of a file by their scopes, without a checker. */
export function scopeSymbols(file: ts.SourceFile): Symbols {
  bindSourceFile(file, ALONE);
  const values = ts.SymbolFlags.Value | ts.SymbolFlags.Alias;
  return {
    top: () =>
      new Map(
        [...((file as Bound).locals?.values() ?? [])]
          .filter(({ flags }) => flags & values)
          .map((symbol) => [symbol.name, symbol]),
      ),
    at: (written) => {
      // What the kernel's own transformer has made has no place in any scope.
      const node = ts.getParseTreeNode(written, ts.isIdentifier);
      if (!node) return undefined;
      if (isDeclarationName(node)) return symbolOf(node.parent);
      const isRead =
        ts.isShorthandPropertyAssignment(node.parent) || isExpressionNode(node) || isRootOfAlias(node);
      return isRead ? resolve(node, node.escapedText, ts.SymbolFlags.Value, undefined, false) : undefined;
    },
    isImportedValue: () => true,
  };
}
