import ts from "#typescript";
import { compilerOptions } from "./service.ts";
import type { CellModule } from "./session.ts";

/** What a cell without type checks is compiled with: no library, no other cell and no package is read. */
export const ALONE: ts.CompilerOptions = {
  ...compilerOptions("off"),
  noLib: true,
  noResolve: true,
  noCheck: true,
  types: [],
};

export function parseAlone({ file, source }: CellModule): ts.SourceFile {
  return ts.createSourceFile(file, source, ts.ScriptTarget.ES2022, true);
}

/** A program of one cell alone. Names resolve within the cell; what it imports is taken to be a value. */
export function programAlone(module: CellModule): ts.Program {
  const { file, source } = module;
  const text = parseAlone(module);
  return ts.createProgram({
    rootNames: [file],
    options: ALONE,
    host: {
      getSourceFile: (name) => (name === file ? text : undefined),
      fileExists: (name) => name === file,
      readFile: (name) => (name === file ? source : undefined),
      writeFile: () => {},
      getDefaultLibFileName: () => "lib.d.ts",
      getCurrentDirectory: () => "/",
      getCanonicalFileName: (name) => name,
      useCaseSensitiveFileNames: () => true,
      getNewLine: () => "\n",
    },
  });
}
