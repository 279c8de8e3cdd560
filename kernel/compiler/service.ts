import { statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import ts from "#typescript";
import { compiledFile } from "../../src/compiled.ts";
import { GLOBALS_FILE, globalsSource } from "./globals.ts";

const require = createRequire(import.meta.url);

/**
 * Comments are parsed where somebody asks for them (documentation.ts): they are more than a third of the work of reading
 * the standard library's and Node's types.
 */
const COMMENTS = ts.JSDocParsingMode.ParseForTypeInfo;

/** Parsed declaration files, which all services of a process share (a kernel has one, its tests have many). */
const documents = boundAtOnce(
  ts.createDocumentRegistry(ts.sys.useCaseSensitiveFileNames, undefined, COMMENTS),
);

/** Binds a declaration file as soon as it is parsed: a first checker would bind all of them in one go, which nothing can interrupt. */
function boundAtOnce(registry: ts.DocumentRegistry): ts.DocumentRegistry {
  // Exported, but not in the package's types.
  const { bindSourceFile } = ts as unknown as {
    bindSourceFile(file: ts.SourceFile, options: ts.CompilerOptions): void;
  };
  return {
    ...registry,
    acquireDocumentWithKey(name, path, settings, ...rest) {
      const file = registry.acquireDocumentWithKey(name, path, settings, ...rest);
      if (file.isDeclarationFile) bindSourceFile(file, compilerOptions("loose"));
      return file;
    },
  };
}

/** Thrown out of TypeScript's reading of files; nothing of it is lost. */
class Stopped extends Error {}

export type Strictness = "loose" | "strict" | "off";

/** Packages that are always there, whatever lies beside the notebook. */
const BUILT_IN: Readonly<Record<string, string>> = {
  "alright-ts": compiledFile("../runtime/library.d.ts", import.meta.url),
  tslab: compiledFile("../tslab/index.d.ts", import.meta.url),
};

const TYPE_ROOT = dirname(dirname(require.resolve("@types/node/package.json")));

export function compilerOptions(strictness: Strictness): ts.CompilerOptions {
  const strict = strictness === "strict";
  return {
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    moduleDetection: ts.ModuleDetectionKind.Force,
    customConditions: ["node"],
    types: ["node"],
    typeRoots: [TYPE_ROOT],
    // Loose by default, as tslab is: a cell is not rejected for a missing annotation or a value that may be null.
    strict,
    allowUnreachableCode: true,
    allowUnusedLabels: true,
    allowImportingTsExtensions: true,
    rewriteRelativeImportExtensions: false,
    esModuleInterop: true,
    preserveConstEnums: true,
    resolveJsonModule: true,
    skipLibCheck: true,
    sourceMap: true,
    noEmitOnError: false,
  };
}

/**
 * TypeScript's language service over virtual files beside the notebook, one a cell. Only the cell at hand is a root;
 * it imports what it uses from earlier cells.
 */
export class Service {
  readonly directory: string;
  readonly #service: ts.LanguageService;
  readonly #cells = new Map<string, { text: string; version: number }>();
  #strictness: Strictness = "loose";
  #options = compilerOptions("loose");
  #version = 0;
  /** Whether the reading of files is to stop here. */
  #isUnwanted: (() => boolean) | null = null;
  readonly #resolutions: ts.ModuleResolutionCache;

  constructor(directory: string) {
    this.directory = directory;
    this.#resolutions = ts.createModuleResolutionCache(directory, (name) => name);
    this.set(GLOBALS_FILE(directory), globalsSource);
    this.set(this.current, "export {};");
    this.#service = ts.createLanguageService(this.#host(), documents);
  }

  get strictness(): Strictness {
    return this.#strictness;
  }

  set strictness(strictness: Strictness) {
    this.#strictness = strictness;
    this.#options = compilerOptions(strictness);
  }

  get language(): ts.LanguageService {
    return this.#service;
  }

  /** The file of a cell; beside the notebook, so that relative imports hold. */
  file(name: string): string {
    return join(this.directory, `__alright_${name}.ts`);
  }

  set(file: string, text: string): void {
    this.#cells.set(file, { text, version: ++this.#version });
  }

  text(file: string): string | undefined {
    return this.#cells.get(file)?.text;
  }

  /** The file of the cell at hand: always the same one, since a program with other roots is built from nothing. */
  get current(): string {
    return this.file("cell");
  }

  /** Looks for packages anew: one may have been installed since. */
  forgetResolutions(): void {
    this.#resolutions.clear();
    const { current } = this;
    this.set(current, this.text(current)!);
  }

  program(): ts.Program {
    return this.#service.getProgram()!;
  }

  /**
   * Makes the first program ready, file by file.
   *
   * @param isUnwanted asked before each file
   * @returns whether all is ready; the next call goes on where this one was stopped
   */
  load(isUnwanted: () => boolean): boolean {
    this.#isUnwanted = isUnwanted;
    try {
      this.program();
      return true;
    } catch (error) {
      if (error instanceof Stopped) return false;
      throw error;
    } finally {
      this.#isUnwanted = null;
    }
  }

  #host(): ts.LanguageServiceHost {
    const exists = (file: string) => this.#cells.has(file) || ts.sys.fileExists(file);
    const read = (file: string) => this.#cells.get(file)?.text ?? ts.sys.readFile(file);
    const cache = this.#resolutions;
    const snapshots = new Map<string, { version: string; snapshot: ts.IScriptSnapshot }>();
    const version = (file: string) => {
      const cell = this.#cells.get(file);
      if (cell) return String(cell.version);
      // Packages do not change under a session; the files beside the notebook do.
      if (file.includes("/node_modules/") || !file.startsWith(this.directory)) return "0";
      return String(statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    };
    const host: ts.LanguageServiceHost & Pick<ts.CompilerHost, "getModuleResolutionCache"> = {
      // Without it, every new program reads every package.json again.
      getModuleResolutionCache: () => cache,
      getCompilationSettings: () => this.#options,
      getScriptFileNames: () => [GLOBALS_FILE(this.directory), this.current],
      getScriptVersion: version,
      jsDocParsingMode: COMMENTS,
      getScriptSnapshot: (file) => {
        if (this.#isUnwanted?.()) throw new Stopped();
        const current = version(file);
        const known = snapshots.get(file);
        if (known?.version === current) return known.snapshot;
        const text = read(file);
        if (text === undefined) return undefined;
        const snapshot = ts.ScriptSnapshot.fromString(text);
        snapshots.set(file, { version: current, snapshot });
        return snapshot;
      },
      getCurrentDirectory: () => this.directory,
      useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
      getDefaultLibFileName: (options) => ts.getDefaultLibFilePath(options),
      fileExists: exists,
      readFile: read,
      readDirectory: ts.sys.readDirectory,
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
      realpath: (path) => (this.#cells.has(path) ? path : (ts.sys.realpath?.(path) ?? path)),
      resolveModuleNameLiterals: (literals, containing, redirected, options) =>
        literals.map((literal) => {
          const builtIn = Object.hasOwn(BUILT_IN, literal.text) ? BUILT_IN[literal.text] : undefined;
          if (builtIn) {
            return {
              resolvedModule: {
                resolvedFileName: builtIn,
                extension: ts.Extension.Dts,
                isExternalLibraryImport: true,
              },
            };
          }
          const beside = join(dirname(containing), `${literal.text}.ts`);
          if (this.#cells.has(beside)) {
            return { resolvedModule: { resolvedFileName: beside, extension: ts.Extension.Ts } };
          }
          return ts.resolveModuleName(
            literal.text,
            containing,
            options,
            { ...ts.sys, fileExists: exists, readFile: read },
            cache,
            redirected,
          );
        }),
    };
    return host;
  }
}
