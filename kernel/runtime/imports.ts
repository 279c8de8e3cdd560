import { readFileSync } from "node:fs";
import { createRequire, register } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { compiledFile } from "../../src/compiled.ts";
import type { CellImport } from "./messages.ts";
import { box } from "./variables.ts";

type Namespace = Record<string, unknown>;

const directory = process.cwd();

/** Packages that are always there, whatever lies beside the notebook, and their files' URLs. */
const BUILT_IN: Readonly<Record<string, string>> = {
  "alright-ts": pathToFileURL(compiledFile("./library.js", import.meta.url)).href,
  tslab: pathToFileURL(compiledFile("../tslab/index.js", import.meta.url)).href,
};

/** What relative and bare names are resolved from. */
const parent = pathToFileURL(join(directory, "cell.mjs")).href;

/** `import.meta` of a cell. */
export const meta = {
  url: parent,
  dirname: directory,
  filename: fileURLToPath(parent),
  resolve: (specifier: string) => BUILT_IN[specifier] ?? import.meta.resolve(specifier, parent),
};

const plainRequire = createRequire(join(directory, "cell.cjs"));

/** `require` of a file beside the notebook, which knows the built-in packages too. */
export const cellRequire = Object.assign(
  (id: string) => plainRequire(Object.hasOwn(BUILT_IN, id) ? fileURLToPath(BUILT_IN[id]!) : id),
  { resolve: plainRequire.resolve, cache: plainRequire.cache, main: plainRequire.main },
);

export class ImportError extends Error {
  override readonly name = "ImportError";
}

let loadsFiles = false;

/** The hooks for files beside the notebook, from the first such import on: they cost a thread. */
function loadFiles(): void {
  if (loadsFiles) return;
  loadsFiles = true;
  register(pathToFileURL(compiledFile("./typescript-loader.js", import.meta.url)).href, { data: BUILT_IN });
  // Tracebacks find the lines of TypeScript files by their maps.
  process.setSourceMapsEnabled(true);
}

/**
 * A module's exports, resolved as from a file beside the notebook (`--experimental-import-meta-resolve`): ESM by a true
 * `import()`, a CommonJS package with its members as exports, JSON as its default.
 */
export async function importModule(specifier: string): Promise<Namespace> {
  const builtIn = Object.hasOwn(BUILT_IN, specifier) ? BUILT_IN[specifier] : undefined;
  if (builtIn) return import(builtIn);
  if (/^\.{0,2}\//.test(specifier)) loadFiles();
  const url = import.meta.resolve(specifier, parent);
  if (!url.startsWith("file:")) return import(url);
  const file = fileURLToPath(url);
  if (file.endsWith(".json")) return { default: JSON.parse(readFileSync(file, "utf8")) };
  const module: Namespace = await import(url);
  return Object.hasOwn(plainRequire.cache, file) ? commonNamespace(module.default) : module;
}

/**
 * A CommonJS module as TypeScript types it (`esModuleInterop`): its members are exports, and its default is the whole,
 * or what it calls `default` where it was compiled from an ES module.
 */
function commonNamespace(whole: unknown): Namespace {
  const members = (typeof whole === "object" && whole !== null) || typeof whole === "function" ? whole : {};
  if ((members as Namespace).__esModule) return members as Namespace;
  return Object.defineProperties({ default: whole }, descriptors(members)) as Namespace;
}

function descriptors(members: object): PropertyDescriptorMap {
  const found: PropertyDescriptorMap = {};
  for (const name in members) {
    if (name !== "default") {
      found[name] = { enumerable: true, configurable: true, get: () => (members as Namespace)[name] };
    }
  }
  return found;
}

/** Loads a cell's imports into its variables. */
export async function loadImports(imports: readonly CellImport[]): Promise<void> {
  for (const { specifier, bindings, lenient } of imports) {
    const module = await importModule(specifier);
    for (const { imported, local } of bindings) box(local).v = pick(module, imported, specifier, lenient);
  }
}

function pick(module: Namespace, name: string, specifier: string, lenient = false): unknown {
  if (name === "*") return module;
  if (name in module) return module[name];
  // JSON's members, and those that a module's default has.
  const whole = module.default as Namespace | null | undefined;
  if (name === "default") return module;
  if (whole !== null && (typeof whole === "object" || typeof whole === "function") && name in whole)
    return whole[name];
  if (lenient) return undefined;
  throw new ImportError(
    `"${specifier}" has no export "${name}"; it has ${Object.keys(module).slice(0, 20).join(", ")}`,
  );
}
