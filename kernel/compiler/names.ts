import ts from "#typescript";

/** How a cell's top-level name was declared. */
export type NameKind =
  | "variable"
  | "constant"
  | "function"
  | "class"
  | "enum"
  | "namespace"
  | "type"
  | "import"
  /** `declare const x: number`: a type for what is there anyway. */
  | "ambient";

export interface Declared {
  readonly name: string;
  readonly kind: NameKind;
}

/** The top-level names that a cell declares: also `var` in its blocks. */
export function declaredNames(file: ts.SourceFile): Map<string, NameKind> {
  const names = new Map<string, NameKind>();
  const add = (name: string, kind: NameKind) => {
    // A value wins over a type of the same name: both are exported together.
    if (!names.has(name) || names.get(name) === "type") names.set(name, kind);
  };
  const bind = (name: ts.BindingName, kind: NameKind): void => {
    if (ts.isIdentifier(name)) add(name.text, kind);
    else for (const element of name.elements) if (ts.isBindingElement(element)) bind(element.name, kind);
  };
  const list = (declarations: ts.VariableDeclarationList) => {
    // What `using` names is disposed of when its cell ends: no later cell has it.
    if ((declarations.flags & ts.NodeFlags.Using) === ts.NodeFlags.Using) return;
    const kind = declarations.flags & ts.NodeFlags.Const ? "constant" : "variable";
    for (const one of declarations.declarations) bind(one.name, kind);
  };
  /** `var` in nested statements belongs to the cell. */
  const vars = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node) || ts.isModuleDeclaration(node)) return;
    if (ts.isVariableDeclarationList(node) && !(node.flags & ts.NodeFlags.BlockScoped)) list(node);
    ts.forEachChild(node, vars);
  };
  for (const statement of file.statements) {
    if (isAmbient(statement)) {
      ambientNames(statement, (name) => add(name, "ambient"));
      continue;
    }
    if (ts.isVariableStatement(statement)) list(statement.declarationList);
    else if (ts.isFunctionDeclaration(statement)) statement.name && add(statement.name.text, "function");
    else if (ts.isClassDeclaration(statement)) statement.name && add(statement.name.text, "class");
    else if (ts.isEnumDeclaration(statement)) add(statement.name.text, "enum");
    else if (ts.isModuleDeclaration(statement))
      ts.isIdentifier(statement.name) && add(statement.name.text, "namespace");
    else if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement))
      add(statement.name.text, "type");
    else if (ts.isImportDeclaration(statement)) importNames(statement, add);
    else if (ts.isImportEqualsDeclaration(statement))
      add(
        statement.name.text,
        ts.isExternalModuleReference(statement.moduleReference) ? "import" : "constant",
      );
    vars(statement);
  }
  return names;
}

/** `declare …`, which makes nothing. */
export function isAmbient(node: ts.Node): boolean {
  return (
    ts.canHaveModifiers(node) &&
    (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword)
  );
}

/** `declare global { … }` or `declare module "…" { … }`: types that hold in every later cell. */
export function isAugmentation(node: ts.Node): boolean {
  return (
    ts.isModuleDeclaration(node) &&
    isAmbient(node) &&
    (ts.isStringLiteral(node.name) || (node.flags & ts.NodeFlags.GlobalAugmentation) !== 0)
  );
}

function ambientNames(statement: ts.Statement, add: (name: string) => void): void {
  if (ts.isVariableStatement(statement)) {
    for (const { name } of statement.declarationList.declarations) if (ts.isIdentifier(name)) add(name.text);
  } else if (!isAugmentation(statement)) {
    const { name } = statement as ts.DeclarationStatement;
    if (name && ts.isIdentifier(name)) add(name.text);
  }
}

function importNames(statement: ts.ImportDeclaration, add: (name: string, kind: NameKind) => void): void {
  const clause = statement.importClause;
  if (clause?.name) add(clause.name.text, "import");
  const bindings = clause?.namedBindings;
  if (bindings && ts.isNamespaceImport(bindings)) add(bindings.name.text, "import");
  else if (bindings) for (const one of bindings.elements) add(one.name.text, "import");
}

/** Every identifier in the text: what a cell may use of earlier cells. */
export function identifiers(file: ts.SourceFile): Set<string> {
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) found.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
