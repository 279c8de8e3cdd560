import { statSync } from "node:fs";
import { createRequire, register } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { compiledFile } from "../../src/compiled.ts";
import type { CellImport } from "./messages.ts";
import { box } from "./variables.ts";

const directory = process.cwd();

/** Packages that are always there, whatever lies beside the notebook. */
const BUILT_IN: Readonly<Record<string, string>> = {
  "alright-ts": compiledFile("./library.js", import.meta.url),
  tslab: compiledFile("../tslab/index.js", import.meta.url),
};

/** What relative and bare names are resolved from. */
const parent = pathToFileURL(join(directory, "cell.mjs")).href;

/** `require` of a file beside the notebook. */
export const cellRequire = createRequire(join(directory, "cell.cjs"));

export class ImportError extends Error {
  override readonly name = "ImportError";
}

let loadsTypeScript = false;

export async function importModule(specifier: string): Promise<Record<string, unknown>> {
  const builtIn = Object.hasOwn(BUILT_IN, specifier) ? BUILT_IN[specifier] : undefined;
  if (builtIn) return import(pathToFileURL(builtIn).href);
  // A true `import()`, resolved as from a file beside the notebook (`--experimental-import-meta-resolve`).
  if (!/^\.{0,2}\//.test(specifier)) return import(import.meta.resolve(specifier, parent));
  if (!loadsTypeScript) register(pathToFileURL(compiledFile("./typescript-loader.js", import.meta.url)).href);
  loadsTypeScript = true;
  const url = new URL(import.meta.resolve(specifier, parent));
  // A file that has changed since the last import is read again.
  const changed = statSync(url, { throwIfNoEntry: false })?.mtimeMs;
  if (changed !== undefined) url.searchParams.set("changed", String(changed));
  return import(url.href);
}

/** Loads a cell's imports into its variables. A CommonJS package's members count as its exports. */
export async function loadImports(imports: readonly CellImport[]): Promise<void> {
  for (const { specifier, bindings } of imports) {
    const module = await importModule(specifier);
    for (const { imported, local } of bindings) box(local).v = pick(module, imported, specifier);
  }
}

function pick(module: Record<string, unknown>, name: string, specifier: string): unknown {
  if (name === "*") return module;
  if (name in module) return module[name];
  const whole = module.default as Record<string, unknown> | undefined;
  if (name === "default") return module;
  if (whole !== null && (typeof whole === "object" || typeof whole === "function") && name in whole)
    return whole[name];
  throw new ImportError(
    `"${specifier}" has no export "${name}"; it has ${Object.keys(module).slice(0, 20).join(", ")}`,
  );
}
