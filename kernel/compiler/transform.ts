import ts from "#typescript";
import type { MagicCall } from "../magics/parse.ts";
import { aliased } from "./alias.ts";
import { isAmbient } from "./names.ts";
import { assignmentTarget } from "./patterns.ts";
import { insideClosure, type References, type Variable, withinOwnDeclaration } from "./references.ts";
import { isDeclarationName, isModuleSyntax, runsAfterAwait } from "./syntax.ts";

const { factory } = ts;

/** What a variable's box is called in compiled code; traceback.ts knows it too. */
export const boxName = (name: string) => `__box_${name}`;

/** What compiled code calls the kernel's own things. */
export const SCOPE = "__alright_scope";
export const FLAG = "__alright_flag";
export const RESULT = "__alright_result";
export const DONE = "__alright_done";

const SELF_NAMED = new Set(["function", "class", "enum", "namespace"]);

/**
 * Rewrites a cell's module into the body of an async function: declarations become assignments to variables that
 * outlive the cell, the last expression becomes the result, awaits can be interrupted, magics are called.
 */
export function cellTransformer(
  references: References,
  boxed: ReadonlySet<string>,
  end: number,
  magics: readonly MagicCall[],
): ts.TransformerFactory<ts.SourceFile> {
  return (context) => (file) => new CellRewriter(context, file, references, boxed, end, magics).rewrite();
}

class CellRewriter {
  readonly #context: ts.TransformationContext;
  readonly #file: ts.SourceFile;
  readonly #references: References;
  readonly #boxed: ReadonlySet<string>;
  readonly #end: number;
  readonly #magics: ReadonlyMap<string, number>;

  constructor(
    context: ts.TransformationContext,
    file: ts.SourceFile,
    references: References,
    boxed: ReadonlySet<string>,
    end: number,
    magics: readonly MagicCall[],
  ) {
    this.#context = context;
    this.#file = file;
    this.#references = references;
    this.#boxed = boxed;
    this.#end = end;
    this.#magics = new Map(magics.map((magic, index) => [magic.identifier, index]));
  }

  rewrite(): ts.SourceFile {
    const own = this.#file.statements.filter((statement) => statement.getStart(this.#file) < this.#end);
    const last = own.findLast((statement) => !ts.isEmptyStatement(statement));
    const statements: ts.Statement[] = [];
    for (const statement of own) {
      if (isModuleSyntax(statement)) {
        const alias = aliased(statement, this.#references, (one) => this.#expression(one));
        if (alias) statements.push(this.#assign(this.#target(alias.name), alias.value));
        continue;
      }
      if (statement === last && ts.isExpressionStatement(statement) && !this.#isSilentMagic(statement)) {
        const value = this.#expression(statement.expression);
        const result = factory.createAssignment(factory.createIdentifier(RESULT), value);
        statements.push(ts.setTextRange(factory.createExpressionStatement(result), statement));
        continue;
      }
      const visited = ts.visitNode(statement, this.#visit) as ts.Statement | undefined;
      if (visited) statements.push(visited);
      const made = this.#selfNamed(statement);
      if (made) statements.push(this.#assign(this.#box(made), factory.createIdentifier(made)));
    }
    return factory.updateSourceFile(this.#file, statements);
  }

  /** A magic that is a statement of its own shows its own output and has no result. */
  #isSilentMagic({ expression }: ts.ExpressionStatement): boolean {
    const name = ts.isCallExpression(expression) ? expression.expression : expression;
    return ts.isIdentifier(name) && this.#magics.has(name.text);
  }

  /** The class, enum or namespace that a statement declares; functions are boxed before the cell starts. */
  #selfNamed(statement: ts.Statement): string | null {
    if (
      !ts.isClassDeclaration(statement) &&
      !ts.isEnumDeclaration(statement) &&
      !ts.isModuleDeclaration(statement)
    ) {
      return null;
    }
    const name = statement.name && ts.isIdentifier(statement.name) ? statement.name.text : null;
    return name && this.#references.variables.get(name)?.own ? name : null;
  }

  #box(name: string): ts.Expression {
    return factory.createPropertyAccessExpression(factory.createIdentifier(boxName(name)), "v");
  }

  #assign(target: ts.Expression, value: ts.Expression): ts.Statement {
    return factory.createExpressionStatement(factory.createAssignment(target, value));
  }

  #expression(node: ts.Expression): ts.Expression {
    return ts.visitNode(node, this.#visit) as ts.Expression;
  }

  readonly #visit = (node: ts.Node): ts.VisitResult<ts.Node | undefined> => {
    if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return node;
    if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || isAmbient(node)) return node;
    if (ts.isIdentifier(node)) return this.#identifier(node);
    if (ts.isShorthandPropertyAssignment(node)) return this.#shorthand(node);
    if (ts.isVariableStatement(node) && this.#isOfCell(node.declarationList)) {
      const assignment = this.#declarations(node.declarationList);
      return assignment && ts.setTextRange(factory.createExpressionStatement(assignment), node);
    }
    if (ts.isVariableDeclarationList(node) && this.#isOfCell(node)) return this.#loopTarget(node);
    if (ts.isAwaitExpression(node)) return this.#await(node);
    if (ts.isIterationStatement(node, false)) return this.#loop(node);
    if (ts.isCallExpression(node)) return this.#call(node);
    if (ts.isTaggedTemplateExpression(node)) return this.#tagged(node);
    if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) return this.#meta();
    return ts.visitEachChild(node, this.#visit, this.#context);
  };

  #usesBox(node: ts.Identifier, variable: Variable): boolean {
    if (!this.#boxed.has(variable.name)) return false;
    if (!variable.own || !SELF_NAMED.has(variable.kind)) return true;
    // Inside other functions a later cell's redefinition counts; at the top the declaration is at hand.
    return insideClosure(node) && !withinOwnDeclaration(node, variable);
  }

  #identifier(node: ts.Identifier): ts.Node {
    const magic = this.#magics.get(node.text);
    if (magic !== undefined) return this.#magic(node, magic, []);
    if (isDeclarationName(node)) return node;
    const variable = this.#references.of(node);
    if (!variable && (node.text === "__dirname" || node.text === "__filename")) {
      return this.#references.isGlobal(node) ? this.#meta(node.text.slice(2)) : node;
    }
    if (!variable || !this.#usesBox(node, variable)) return node;
    return ts.setTextRange(this.#box(variable.name), node);
  }

  /** `import.meta`: a cell is no module to Node, but stands beside the notebook. */
  #meta(member?: string): ts.Expression {
    const meta = factory.createPropertyAccessExpression(factory.createIdentifier(SCOPE), "meta");
    return member ? factory.createPropertyAccessExpression(meta, member) : meta;
  }

  #shorthand(node: ts.ShorthandPropertyAssignment): ts.Node {
    const variable = this.#references.of(node.name);
    if (!variable || !this.#usesBox(node.name, variable)) {
      return ts.visitEachChild(
        node,
        (child) => (child === node.name ? child : this.#visit(child)),
        this.#context,
      );
    }
    const target = this.#box(variable.name);
    const initial = node.objectAssignmentInitializer;
    const value = initial ? factory.createAssignment(target, this.#expression(initial)) : target;
    return factory.createPropertyAssignment(factory.createIdentifier(node.name.text), value);
  }

  /** Whether a `let`, `const` or `var` declares variables of the cell, not of a block or function in it. */
  #isOfCell(list: ts.VariableDeclarationList): boolean {
    if (insideClosure(list)) return false;
    if (!(list.flags & ts.NodeFlags.BlockScoped)) return true;
    return (
      ts.isVariableStatement(list.parent) &&
      ts.isSourceFile(list.parent.parent) &&
      // `using` keeps its own scope.
      (list.flags & ts.NodeFlags.Using) !== ts.NodeFlags.Using
    );
  }

  #declarations(list: ts.VariableDeclarationList): ts.Expression | undefined {
    const isVar = !(list.flags & ts.NodeFlags.BlockScoped);
    const assignments: ts.Expression[] = [];
    for (const { name, initializer } of list.declarations) {
      if (!initializer && isVar) continue;
      const value = initializer ? this.#named(name, initializer) : factory.createVoidZero();
      assignments.push(ts.setTextRange(factory.createAssignment(this.#target(name), value), name));
    }
    if (assignments.length === 0) return undefined;
    const all = assignments.reduce((left, right) => factory.createComma(left, right));
    return list.declarations.some(({ name }) => ts.isObjectBindingPattern(name))
      ? factory.createParenthesizedExpression(all)
      : all;
  }

  /** `for (var x of …)` and `for (var i = 0; …)`. */
  #loopTarget(list: ts.VariableDeclarationList): ts.Node | undefined {
    const only = list.declarations[0];
    if (ts.isForInStatement(list.parent) || ts.isForOfStatement(list.parent))
      return only && this.#target(only.name);
    return this.#declarations(list);
  }

  /** A function gets the variable's name, as in a declaration; an assignment to a box would not give it. */
  #named(name: ts.BindingName, initializer: ts.Expression): ts.Expression {
    const value = this.#expression(initializer);
    const anonymous =
      ts.isArrowFunction(initializer) ||
      ((ts.isFunctionExpression(initializer) || ts.isClassExpression(initializer)) && !initializer.name);
    if (!anonymous || !ts.isIdentifier(name) || !this.#boxed.has(name.text)) return value;
    const holder = factory.createObjectLiteralExpression([
      factory.createPropertyAssignment(name.text, value),
    ]);
    return factory.createPropertyAccessExpression(factory.createParenthesizedExpression(holder), name.text);
  }

  /** A declared name or pattern as the target of an assignment. */
  #target(name: ts.BindingName): ts.Expression {
    return assignmentTarget(name, {
      variable: (one) => (this.#boxed.has(one.text) ? ts.setTextRange(this.#box(one.text), one) : one),
      expression: (one) => this.#expression(one),
      key: (one) => ts.visitNode(one, this.#visit) as ts.PropertyName,
    });
  }

  #scope(member: string, values: readonly ts.Expression[]): ts.CallExpression {
    const callee = factory.createPropertyAccessExpression(factory.createIdentifier(SCOPE), member);
    return factory.createCallExpression(callee, undefined, values);
  }

  #await(node: ts.AwaitExpression): ts.Node {
    const value = this.#scope("wait", [this.#expression(node.expression)]);
    return ts.setTextRange(factory.createAwaitExpression(value), node);
  }

  #loop(node: ts.IterationStatement): ts.Node {
    let loop = ts.visitEachChild(node, this.#visit, this.#context);
    if (ts.isForOfStatement(loop) && loop.awaitModifier) {
      const values = this.#scope("waitEach", [loop.expression]);
      loop = factory.updateForOfStatement(loop, loop.awaitModifier, loop.initializer, values, loop.statement);
    }
    if (!runsAfterAwait(node)) return loop;
    const body = factory.createBlock([this.#stopCheck(), loop.statement]);
    if (ts.isForStatement(loop)) {
      return factory.updateForStatement(loop, loop.initializer, loop.condition, loop.incrementor, body);
    }
    if (ts.isForOfStatement(loop)) {
      return factory.updateForOfStatement(loop, loop.awaitModifier, loop.initializer, loop.expression, body);
    }
    if (ts.isForInStatement(loop))
      return factory.updateForInStatement(loop, loop.initializer, loop.expression, body);
    if (ts.isWhileStatement(loop)) return factory.updateWhileStatement(loop, loop.expression, body);
    return factory.updateDoStatement(loop as ts.DoStatement, body, (loop as ts.DoStatement).expression);
  }

  /** `if (flag[0] !== 0) scope.stop();` */
  #stopCheck(): ts.Statement {
    const raised = factory.createElementAccessExpression(factory.createIdentifier(FLAG), 0);
    const test = factory.createStrictInequality(raised, factory.createNumericLiteral(0));
    return factory.createIfStatement(test, factory.createExpressionStatement(this.#scope("stop", [])));
  }

  #call(node: ts.CallExpression): ts.Node {
    const callee = node.expression;
    if (callee.kind === ts.SyntaxKind.ImportKeyword) {
      return this.#scope(
        "import",
        node.arguments.map((one) => this.#expression(one)),
      );
    }
    const magic = ts.isIdentifier(callee) ? this.#magics.get(callee.text) : undefined;
    if (magic !== undefined) return this.#magic(node, magic, node.arguments);
    const visited = ts.visitEachChild(node, this.#visit, this.#context);
    if (!ts.isIdentifier(callee) || visited.expression === callee) return visited;
    return factory.updateCallExpression(
      visited,
      this.#detached(visited.expression, callee),
      undefined,
      visited.arguments,
    );
  }

  #tagged(node: ts.TaggedTemplateExpression): ts.Node {
    const visited = ts.visitEachChild(node, this.#visit, this.#context);
    if (!ts.isIdentifier(node.tag) || visited.tag === node.tag) return visited;
    return factory.updateTaggedTemplateExpression(
      visited,
      this.#detached(visited.tag, node.tag),
      undefined,
      visited.template,
    );
  }

  /** `box.v()` would pass the box as `this`; `(0, box.v)()` does not. */
  #detached(callee: ts.Expression, written: ts.Expression): ts.Expression {
    const detached = factory.createParenthesizedExpression(
      factory.createComma(factory.createNumericLiteral(0), callee),
    );
    // V8 places the call behind its callee: without an end of the callee in the map, that is where the callee begins.
    ts.setEmitFlags(callee, ts.EmitFlags.NoTrailingSourceMap);
    return ts.setEmitFlags(ts.setTextRange(detached, written), ts.EmitFlags.NoTrailingSourceMap);
  }

  #magic(node: ts.Expression, index: number, values: readonly ts.Expression[]): ts.Node {
    const call = this.#scope("magic", [
      factory.createNumericLiteral(index),
      factory.createArrayLiteralExpression(values.map((value) => this.#expression(value))),
    ]);
    return ts.setTextRange(factory.createParenthesizedExpression(factory.createAwaitExpression(call)), node);
  }
}
