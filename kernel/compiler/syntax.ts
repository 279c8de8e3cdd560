import ts from "#typescript";

/**
 * Whether a loop may run after an await, where SIGINT does not reach it: its function (or the cell) has one. Other
 * loops are left as they are, at full speed.
 */
export function runsAfterAwait(node: ts.Node): boolean {
  let scope: ts.Node = node.parent;
  while (scope.parent && !ts.isFunctionLike(scope)) scope = scope.parent;
  const hasAwait = (at: ts.Node): boolean =>
    ts.isAwaitExpression(at) ||
    (ts.isForOfStatement(at) && at.awaitModifier !== undefined) ||
    (at !== scope && ts.isFunctionLike(at) ? false : (ts.forEachChild(at, hasAwait) ?? false));
  return hasAwait(scope);
}

/** Imports and exports: the kernel carries them out itself. */
export function isModuleSyntax(statement: ts.Statement): boolean {
  return (
    ts.isImportDeclaration(statement) ||
    ts.isImportEqualsDeclaration(statement) ||
    ts.isExportDeclaration(statement) ||
    ts.isExportAssignment(statement)
  );
}

/** A name that is declared here, not read: TypeScript gives it the same symbol. */
export function isDeclarationName(node: ts.Identifier): boolean {
  const parent = node.parent as ts.NamedDeclaration | undefined;
  return parent?.name === node && !ts.isShorthandPropertyAssignment(parent);
}
