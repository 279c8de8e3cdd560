import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";

/** The tests' files that the reading process is made of. */
const sources = ["test/fuzz", "test/fuzz/corpus", "test/training", "test/checkpoints"];

let compiled = false;

/** Compiles them next to the build, so that the process runs in plain Node, on the library as it is built. */
export function compileReader(): string {
  const child = join("dist", "test", "fuzz", "child.js");
  if (compiled) return child;
  compiled = true;
  for (const folder of sources)
    for (const name of readdirSync(folder)) {
      if (!name.endsWith(".ts") || name.endsWith(".test.ts")) continue;
      const file = join(folder, name);
      const { outputText } = ts.transpileModule(readFileSync(file, "utf8"), {
        fileName: file,
        compilerOptions: {
          target: ts.ScriptTarget.ES2022,
          module: ts.ModuleKind.ESNext,
          verbatimModuleSyntax: true,
          rewriteRelativeImportExtensions: true,
        },
      });
      const out = join("dist", file.replace(/\.ts$/, ".js"));
      mkdirSync(dirname(out), { recursive: true });
      writeFileSync(out, outputText);
    }
  return child;
}
