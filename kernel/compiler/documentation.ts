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
function addDocumentation(file: ts.SourceFile): void {
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

/** Parses the comments of the functions that the calls around a position may mean. */
export function documentCall(language: ts.LanguageService, file: string, position: number): void {
  const program = language.getProgram()!;
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file)!;
  // A call that is not closed yet ends before the blanks after it.
  const at = source.text.slice(0, position).trimEnd().length;
  const visit = (node: ts.Node): void => {
    if (at < node.pos || at > node.end) return;
    if (ts.isCallOrNewExpression(node) || ts.isTaggedTemplateExpression(node)) {
      const type = checker.getTypeAtLocation(calleeOf(node));
      for (const { declaration } of [...type.getCallSignatures(), ...type.getConstructSignatures()])
        if (declaration) addDocumentation(declaration.getSourceFile());
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
}

function calleeOf(call: ts.CallLikeExpression): ts.Node {
  return ts.isTaggedTemplateExpression(call) ? call.tag : (call as ts.CallExpression).expression;
}
