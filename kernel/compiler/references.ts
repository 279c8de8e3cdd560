import ts from "#typescript";
import type { NameKind } from "./names.ts";
import type { CellModule } from "./session.ts";

/** A top-level name as a cell uses it. */
export interface Variable {
  readonly name: string;
  readonly kind: NameKind;
  readonly own: boolean;
  /** Used inside a function or class. */
  captured: boolean;
  /** Assigned by this cell, other than by its declaration. */
  written: boolean;
  used: boolean;
}

/** What the names of a file stand for: by the type checker (checked.ts), or by their scopes alone (unchecked.ts). */
export interface Symbols {
  /** The file's own top-level names of values, and of imports. */
  top(): ReadonlyMap<string, ts.Symbol>;
  /** What an identifier declares, or reads or writes as a value. */
  at(node: ts.Identifier): ts.Symbol | undefined;
  /** Whether an imported name stands for something at run time; what can't be resolved may. */
  isImportedValue(symbol: ts.Symbol): boolean;
}

/** The symbols of a cell's top-level names, and how the cell uses them. */
export class References {
  readonly #all: Symbols;
  readonly #symbols = new Map<ts.Symbol, Variable>();
  readonly variables = new Map<string, Variable>();

  constructor(symbols: Symbols, file: ts.SourceFile, module: CellModule) {
    this.#all = symbols;
    const scope = symbols.top();
    for (const [names, own] of [
      [module.imported, false],
      [module.declared, true],
    ] as const) {
      for (const [name, kind] of names) {
        if (kind === "ambient" || kind === "type") continue;
        const symbol = scope.get(name);
        if (!symbol || !this.#isValue(symbol)) continue;
        const variable = { name, kind, own, captured: false, written: false, used: false };
        this.#symbols.set(symbol, variable);
        this.variables.set(name, variable);
      }
    }
    const end = module.text.length;
    for (const statement of file.statements)
      if (statement.getStart(file) < end) this.#collect(statement, false);
  }

  /** Whether a name stands for something at run time. */
  #isValue(symbol: ts.Symbol): boolean {
    if (!(symbol.flags & ts.SymbolFlags.Alias)) return (symbol.flags & ts.SymbolFlags.Value) !== 0;
    if (symbol.declarations?.some(ts.isTypeOnlyImportOrExportDeclaration)) return false;
    return this.#all.isImportedValue(symbol);
  }

  /** The variable that an identifier in an expression stands for. */
  of(node: ts.Identifier): Variable | undefined {
    if (!this.variables.has(node.text)) return undefined;
    const symbol = this.#all.at(node);
    return symbol && this.#symbols.get(symbol);
  }

  /** Whether an identifier is a global that a declaration file describes, not a name of the cell. */
  isGlobal(node: ts.Identifier): boolean {
    const declarations = this.#all.at(node)?.declarations ?? [];
    return declarations.every((one) => one.getSourceFile().isDeclarationFile);
  }

  /** The variable that a declaration's name makes. */
  declared(name: ts.Identifier): Variable | undefined {
    const symbol = this.#all.at(name);
    return symbol && this.#symbols.get(symbol);
  }

  #collect(node: ts.Node, inside: boolean): void {
    if (ts.isIdentifier(node)) {
      const variable = this.of(node);
      if (!variable) return;
      variable.used = true;
      if (isAssigned(node)) variable.written = true;
      if (inside && !withinOwnDeclaration(node, variable)) variable.captured = true;
      return;
    }
    const closure = ts.isFunctionLike(node) || ts.isClassLike(node) || ts.isModuleDeclaration(node);
    ts.forEachChild(node, (child) => this.#collect(child, inside || closure));
  }
}

/** A function's or class's references to itself stay its own. */
export function withinOwnDeclaration(node: ts.Node, variable: Variable): boolean {
  if (!variable.own || !["function", "class", "enum", "namespace"].includes(variable.kind)) return false;
  for (let at: ts.Node | undefined = node; at; at = at.parent) {
    if (
      (ts.isFunctionDeclaration(at) ||
        ts.isClassDeclaration(at) ||
        ts.isEnumDeclaration(at) ||
        ts.isModuleDeclaration(at)) &&
      at.name?.text === variable.name &&
      ts.isSourceFile(at.parent)
    ) {
      return true;
    }
  }
  return false;
}

export function insideClosure(node: ts.Node): boolean {
  for (let at = node.parent; at && !ts.isSourceFile(at); at = at.parent) {
    if (ts.isFunctionLike(at) || ts.isClassLike(at) || ts.isModuleDeclaration(at)) return true;
  }
  return false;
}

/** Whether this identifier is a target: `x = …`, `x++`, `[x] = …`, `({ x } = …)`, `for (x of …)`. */
function isAssigned(node: ts.Node): boolean {
  const { parent } = node;
  if (!parent) return false;
  if (ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) {
    return (
      parent.operator === ts.SyntaxKind.PlusPlusToken || parent.operator === ts.SyntaxKind.MinusMinusToken
    );
  }
  if (ts.isBinaryExpression(parent)) {
    const { kind } = parent.operatorToken;
    const assignment = kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
    if (assignment && parent.left === node) return true;
    // `[x = 1] = …`: the default's target, where the whole is in a pattern.
    return false;
  }
  if (ts.isForOfStatement(parent) || ts.isForInStatement(parent)) return parent.initializer === node;
  if (
    ts.isParenthesizedExpression(parent) ||
    ts.isArrayLiteralExpression(parent) ||
    ts.isSpreadElement(parent) ||
    ts.isSpreadAssignment(parent) ||
    ts.isObjectLiteralExpression(parent) ||
    ts.isNonNullExpression(parent) ||
    ts.isAsExpression(parent)
  ) {
    return isAssigned(parent);
  }
  if (ts.isShorthandPropertyAssignment(parent)) return isAssigned(parent.parent);
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node && isAssigned(parent.parent);
  return false;
}
