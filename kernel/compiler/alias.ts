import ts from "#typescript";
import type { References } from "./references.ts";

const { factory } = ts;

/** The name of an `import A = N.a` and its value, where that is no type; null for every other statement. */
export function aliased(
  statement: ts.Statement,
  references: References,
  visit: (node: ts.Identifier) => ts.Expression,
): { readonly name: ts.Identifier; readonly value: ts.Expression } | null {
  if (!ts.isImportEqualsDeclaration(statement)) return null;
  const { name, moduleReference } = statement;
  if (ts.isExternalModuleReference(moduleReference) || !references.declared(name)) return null;
  const read = expressionOf(moduleReference, visit);
  const root = rootOf(moduleReference);
  if (references.of(root)) return { name, value: read };
  // Unchecked, nobody knows whether a name that is no variable stands for more than a type.
  const kind = factory.createTypeOfExpression(factory.createIdentifier(root.text));
  const isThere = factory.createStrictInequality(kind, factory.createStringLiteral("undefined"));
  const value = factory.createConditionalExpression(
    isThere,
    undefined,
    read,
    undefined,
    factory.createVoidZero(),
  );
  return { name, value };
}

/** Whether a name is the `N` of an `import A = N.a.b`. */
export function isRootOfAlias(node: ts.Identifier): boolean {
  let at: ts.Node = node;
  while (ts.isQualifiedName(at.parent) && at.parent.left === at) at = at.parent;
  return ts.isImportEqualsDeclaration(at.parent) && at.parent.moduleReference === at;
}

function rootOf(entity: ts.EntityName): ts.Identifier {
  return ts.isQualifiedName(entity) ? rootOf(entity.left) : entity;
}

function expressionOf(entity: ts.EntityName, visit: (node: ts.Identifier) => ts.Expression): ts.Expression {
  if (!ts.isQualifiedName(entity)) return visit(entity);
  return factory.createPropertyAccessExpression(expressionOf(entity.left, visit), entity.right.text);
}
