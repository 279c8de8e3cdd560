import ts from "#typescript";
import { compilerOptions } from "./service.ts";
import type { CellModule } from "./session.ts";

/**
 * A program of one cell alone, for `%typecheck off`: no library, no other cell and no package is read, so that compiling
 * takes milliseconds. Names resolve within the cell; what it imports is taken to be a value.
 */
export function uncheckedProgram({ file, source }: CellModule): ts.Program {
  const options: ts.CompilerOptions = {
    ...compilerOptions("off"),
    noLib: true,
    noResolve: true,
    noCheck: true,
    types: [],
  };
  const text = ts.createSourceFile(file, source, options.target ?? ts.ScriptTarget.ES2022, true);
  return ts.createProgram({
    rootNames: [file],
    options,
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
