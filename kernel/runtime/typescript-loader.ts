import { existsSync, readFileSync, statSync } from "node:fs";
import type { InitializeHook, LoadHook, ResolveHook } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

/**
 * Module hooks (`module.register`) for files beside the notebook: TypeScript with or without the extension, JSON
 * without an attribute, and the kernel's own packages wherever the file lies. A file that has changed since, or one
 * that imports such a file, is read again: the newest change is part of its URL.
 */

let builtIn: Readonly<Record<string, string>> = {};

export const initialize: InitializeHook<Readonly<Record<string, string>>> = (packages) => {
  builtIn = packages;
};

const isOfPackage = (file: string) => /[\\/]node_modules[\\/]/.test(file);

export const resolve: ResolveHook = async (specifier, context, next) => {
  const { parentURL } = context;
  if (!parentURL?.startsWith("file:") || isOfPackage(parentURL)) return next(specifier, context);
  if (Object.hasOwn(builtIn, specifier)) return { url: builtIn[specifier]!, shortCircuit: true };
  const isFile = /^\.{0,2}\//.test(specifier);
  const file = isFile && withExtension(fileURLToPath(new URL(specifier, parentURL)));
  const found = file ? { url: fileUrl(file, await newest(file)) } : await next(specifier, context);
  const json = found.url.split("?")[0]!.endsWith(".json");
  return { ...found, shortCircuit: true, ...(json && { importAttributes: { type: "json" } }) };
};

function fileUrl(file: string, changed: number): string {
  const url = pathToFileURL(file);
  url.searchParams.set("changed", String(changed));
  return url.href;
}

/** The file that a relative import means: itself, or the TypeScript file of that name; null where there is none. */
function withExtension(file: string): string | null {
  const names = [file, `${file}.ts`, file.replace(/\.js$/, ".ts"), file.replace(/\.mjs$/, ".mts")];
  return names.find((name) => statSync(name, { throwIfNoEntry: false })?.isFile()) ?? null;
}

const imports = new Map<string, { changed: number; files: readonly string[] }>();

/** When a file, or one that it imports from beside it, changed last (in ms since 1970). */
async function newest(file: string, seen = new Set<string>()): Promise<number> {
  if (seen.has(file)) return 0;
  seen.add(file);
  const changed = statSync(file).mtimeMs;
  let known = imports.get(file);
  if (known?.changed !== changed) {
    known = { changed, files: await importedFiles(file) };
    imports.set(file, known);
  }
  let last = changed;
  for (const one of known.files) if (existsSync(one)) last = Math.max(last, await newest(one, seen));
  return last;
}

async function importedFiles(file: string): Promise<string[]> {
  if (!/\.[cm]?[jt]s$/.test(file)) return [];
  const { default: ts } = await import("#typescript");
  return ts
    .preProcessFile(readFileSync(file, "utf8"))
    .importedFiles.filter(({ fileName }) => /^\.{1,2}\//.test(fileName))
    .map(({ fileName }) => withExtension(fileURLToPath(new URL(fileName, fileUrl(file, 0)))))
    .filter((one) => one !== null);
}

export const load: LoadHook = async (url, context, next) => {
  const plain = url.split("?")[0]!;
  if (!/\.m?ts$/.test(plain) || plain.includes("/node_modules/")) return next(url, context);
  // TypeScript is loaded with the first such file.
  const { default: ts } = await import("#typescript");
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
