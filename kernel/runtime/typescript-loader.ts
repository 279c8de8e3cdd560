import { existsSync, readFileSync } from "node:fs";
import type { LoadHook, ResolveHook } from "node:module";
import { fileURLToPath } from "node:url";

/**
 * Module hooks (`module.register`) for TypeScript files beside the notebook: `import { f } from "./fit.ts"`, with or
 * without the extension. TypeScript is loaded with the first such file.
 */

export const resolve: ResolveHook = (specifier, context, next) => {
  const parent = context.parentURL;
  if (parent?.startsWith("file:") && /^\.{1,2}\//.test(specifier) && !parent.includes("/node_modules/")) {
    const url = new URL(specifier, parent);
    const file = fileURLToPath(url);
    for (const found of [`${file}.ts`, file.replace(/\.js$/, ".ts")]) {
      if (!existsSync(file) && found !== file && existsSync(found))
        return next(`${specifier.replace(/\.js$/, "")}.ts`, context);
    }
  }
  return next(specifier, context);
};

export const load: LoadHook = async (url, context, next) => {
  const plain = url.split("?")[0]!;
  if (!/\.m?ts$/.test(plain) || plain.includes("/node_modules/")) return next(url, context);
  const { default: ts } = await import("typescript");
  const file = fileURLToPath(plain);
  const { outputText } = ts.transpileModule(readFileSync(file, "utf8"), {
    fileName: file,
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2022,
      inlineSourceMap: true,
      verbatimModuleSyntax: false,
    },
  });
  return { format: "module", source: outputText, shortCircuit: true };
};
