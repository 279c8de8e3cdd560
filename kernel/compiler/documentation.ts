import ts from "#typescript";

interface Documented extends ts.Node {
  jsDoc?: ts.JSDoc[];
}

/** The last version of each file whose comments were parsed. */
const documented = new WeakSet<ts.SourceFile>();

/**
 * Parses a file's documentation comments, which the service leaves out (service.ts), and gives them to the file's nodes:
 * completion, inspection and signatures then say what the service would have said with them.
 */
export function addDocumentation(file: ts.SourceFile): void {
  if (documented.has(file)) return;
  documented.add(file);
  const { languageVersion } = file;
  const options = { languageVersion, jsDocParsingMode: ts.JSDocParsingMode.ParseAll };
  const whole = ts.createSourceFile(file.fileName, file.text, options, false);
  copy(whole, file);
}

/** Both trees are of one text, so their nodes come in the same order. */
function copy(from: Documented, to: Documented): void {
  if (from.jsDoc && from.kind === to.kind && from.pos === to.pos) {
    to.jsDoc = from.jsDoc;
    for (const one of from.jsDoc) setParents(one, to);
  }
  const children: ts.Node[] = [];
  ts.forEachChild(from, (child) => void children.push(child));
  let at = 0;
  ts.forEachChild(to, (child) => {
    const twin = children[at++];
    if (twin) copy(twin, child);
  });
}

function setParents(node: ts.Node, parent: ts.Node): void {
  (node as { parent: ts.Node }).parent = parent;
  ts.forEachChild(node, (child) => setParents(child, node));
}

/** Parses the comments of all files that say what the name at a position is. */
export function documentName(language: ts.LanguageService, file: string, position: number): void {
  const program = language.getProgram()!;
  const definitions = language.getDefinitionAtPosition(file, position) ?? [];
  for (const name of new Set([file, ...definitions.map(({ fileName }) => fileName)])) {
    const source = program.getSourceFile(name);
    if (source) addDocumentation(source);
  }
}

/** Parses the comments of the functions that the call at a position may mean. */
export function documentCall(language: ts.LanguageService, file: string, position: number): void {
  const program = language.getProgram()!;
  const checker = program.getTypeChecker();
  let call: ts.CallLikeExpression | null = null;
  const find = (node: ts.Node): void => {
    if (position < node.pos || position > node.end) return;
    if (ts.isCallOrNewExpression(node) || ts.isTaggedTemplateExpression(node)) call = node;
    ts.forEachChild(node, find);
  };
  find(program.getSourceFile(file)!);
  if (!call) return;
  const callee = calleeOf(call);
  const type = checker.getTypeAtLocation(callee);
  const signatures = [...type.getCallSignatures(), ...type.getConstructSignatures()];
  for (const { declaration } of signatures) if (declaration) addDocumentation(declaration.getSourceFile());
}

function calleeOf(call: ts.CallLikeExpression): ts.Node {
  return ts.isTaggedTemplateExpression(call) ? call.tag : (call as ts.CallExpression).expression;
}
