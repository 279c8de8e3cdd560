import ts from "#typescript";
import type { MagicCall } from "../magics/parse.ts";
import type { CellImport } from "../runtime/messages.ts";
import { References, type Symbols, type Variable } from "./references.ts";
import type { CellModule } from "./session.ts";
import { boxName, cellTransformer, DONE, FLAG, RESULT, SCOPE } from "./transform.ts";

/** A cell as TypeScript has read it. */
export interface ParsedCell {
  readonly file: ts.SourceFile;
  readonly symbols: Symbols;
  /** JavaScript of the transformed cell, and its source map. */
  print(transformer: ts.TransformerFactory<ts.SourceFile>): { readonly code: string; readonly map: string };
}

export interface Emitted {
  readonly code: string;
  readonly map: string;
  readonly imports: readonly CellImport[];
  /** Value names that the cell makes. */
  readonly values: readonly string[];
}

/**
 * Compiles a cell. A variable that no function has closed over is a local of the cell, as fast as any local,
 * read from its box before and copied back after; one that some function has closed over is its box.
 *
 * @param captured names that functions of earlier cells closed over; this cell's are added
 */
export function emitCell(
  { file, symbols, print }: ParsedCell,
  module: CellModule,
  captured: Set<string>,
  magics: readonly MagicCall[],
): Emitted {
  const references = new References(symbols, file, module);
  for (const variable of references.variables.values()) if (variable.captured) captured.add(variable.name);
  // `%run`, `%resume` and `objective=` find methods and objectives by their names among the variables, also those of
  // their own cell: they must be in their boxes by then.
  const looksUp = ({ invocation: { name, options } }: MagicCall) =>
    name === "run" || name === "resume" || Object.hasOwn(options, "objective");
  if (magics.some(looksUp)) for (const name of module.declared.keys()) captured.add(name);
  const { code: body, map } = print(cellTransformer(references, captured, module.text.length, magics));
  const variables = [...references.variables.values()];
  return {
    code: wrap(clean(body), variables, captured),
    map,
    imports: cellImports(file, module, references),
    values: variables.filter((variable) => variable.own).map((variable) => variable.name),
  };
}

function clean(body: string): string {
  return body.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "").replace(/(^|\n)export \{\};\s*$/, "$1");
}

/** One line before the body (which `lineOffset: -1` takes off again), one after it. */
function wrap(body: string, variables: readonly Variable[], captured: ReadonlySet<string>): string {
  const isVariable = ({ kind }: Variable) => kind === "variable" || kind === "constant";
  const fromBox = (one: Variable) => !one.own || one.kind === "import";
  const needed = variables.filter((one) => one.own || one.used);
  const before = needed.map(({ name }) => `const ${boxName(name)} = ${SCOPE}.box(${JSON.stringify(name)});`);
  const after: string[] = [];
  const functions: string[] = [];
  for (const one of needed) {
    const { name } = one;
    if (one.own && one.kind === "function") functions.push(`${boxName(name)}.v = ${name};`);
    else if (captured.has(name)) continue;
    else if (fromBox(one)) {
      before.push(`let ${name} = ${boxName(name)}.v;`);
      if (one.written) after.push(`${boxName(name)}.v = ${name};`);
    } else if (isVariable(one)) {
      before.push(`let ${name};`);
      after.push(`if (${DONE} || ${name} !== undefined) ${boxName(name)}.v = ${name};`);
    }
  }
  return [
    `(async (${SCOPE}) => { "use strict"; const ${FLAG} = ${SCOPE}.flag; ${before.join(" ")} let ${RESULT}, ${DONE} = false; try { ${functions.join(" ")}`,
    body,
    `${DONE} = true; } finally { ${after.join(" ")} } return ${RESULT}; })(globalThis[Symbol.for("alright.cell")])`,
  ].join("\n");
}

function cellImports(file: ts.SourceFile, module: CellModule, references: References): CellImport[] {
  const imports: CellImport[] = [];
  for (const statement of file.statements) {
    if (statement.getStart(file) >= module.text.length) break;
    if (ts.isImportEqualsDeclaration(statement)) {
      const { moduleReference, name } = statement;
      if (!ts.isExternalModuleReference(moduleReference) || !references.declared(name)) continue;
      const specifier = (moduleReference.expression as ts.StringLiteral).text;
      imports.push({ specifier, bindings: [{ imported: "default", local: name.text }] });
    }
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    const clause = statement.importClause;
    if (clause?.phaseModifier === ts.SyntaxKind.TypeKeyword) continue;
    const bindings: { imported: string; local: string }[] = [];
    const bind = (imported: string, name: ts.Identifier) => {
      if (references.declared(name)) bindings.push({ imported, local: name.text });
    };
    if (clause?.name) bind("default", clause.name);
    const named = clause?.namedBindings;
    if (named && ts.isNamespaceImport(named)) bind("*", named.name);
    else if (named) for (const one of named.elements) bind((one.propertyName ?? one.name).text, one.name);
    // An import of types only is not loaded; one without names is, for its effects.
    if (bindings.length > 0 || !clause) imports.push({ specifier: statement.moduleSpecifier.text, bindings });
  }
  return imports;
}
