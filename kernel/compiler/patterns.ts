import ts from "#typescript";

const { factory } = ts;

/** How the parts of a pattern are rewritten. */
export interface Parts {
  /** What is assigned to for a declared name. */
  variable(name: ts.Identifier): ts.Expression;
  /** A default. */
  expression(node: ts.Expression): ts.Expression;
  /** A property's name, which may be computed. */
  key(name: ts.PropertyName): ts.PropertyName;
}

/** `{ a, b: [c = 1, ...d] }` of a declaration as the left side of an assignment to the same names. */
export function assignmentTarget(name: ts.BindingName, parts: Parts): ts.Expression {
  if (ts.isIdentifier(name)) return parts.variable(name);
  const target = (element: ts.BindingElement) => assignmentTarget(element.name, parts);
  const withDefault = (element: ts.BindingElement): ts.Expression =>
    element.initializer
      ? factory.createAssignment(target(element), parts.expression(element.initializer))
      : target(element);
  if (ts.isArrayBindingPattern(name)) {
    return factory.createArrayLiteralExpression(
      name.elements.map((element) => {
        if (ts.isOmittedExpression(element)) return element;
        return element.dotDotDotToken ? factory.createSpreadElement(target(element)) : withDefault(element);
      }),
    );
  }
  return factory.createObjectLiteralExpression(
    name.elements.map((element) => {
      if (element.dotDotDotToken) return factory.createSpreadAssignment(target(element));
      const key = element.propertyName ?? factory.createIdentifier((element.name as ts.Identifier).text);
      return factory.createPropertyAssignment(parts.key(key), withDefault(element));
    }),
  );
}
