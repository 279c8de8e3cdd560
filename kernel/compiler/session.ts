import ts from "#typescript";
import type { MagicCall } from "../magics/parse.ts";
import { declaredNames, identifiers, isAugmentation, type NameKind } from "./names.ts";
import type { Service } from "./service.ts";

interface Known {
  /** The cell that declared it last. */
  readonly file: string;
  readonly kind: NameKind;
}

/** A cell as a source module: its text, then the imports of what it uses of earlier cells, then its exports. */
export interface CellModule {
  readonly file: string;
  /** The cell's own text, blanked where it was magic or `export`; the module's text goes on after it. */
  readonly text: string;
  readonly source: string;
  readonly declared: ReadonlyMap<string, NameKind>;
  readonly imported: ReadonlyMap<string, NameKind>;
  /** It has types for every later cell: `declare global`. */
  readonly augments: boolean;
}

/** The names that the cells so far have made, and by which cell. */
export class Session {
  readonly #service: Service;
  readonly #names = new Map<string, Known>();
  /** Cells that every later one imports, for their `declare global`. */
  readonly #augmenting: string[] = [];
  /** Names that some function has closed over: they live in their boxes, where every cell sees every change. */
  readonly captured = new Set<string>();

  constructor(service: Service) {
    this.#service = service;
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** The names that a function was given to make the session's variables: `const mine = defineMethod("my-method", …)`. */
  madeBy(maker: string): string[] {
    return [...this.#names].flatMap(([variable, { file }]) =>
      namesGiven(
        maker,
        this.#service.text(file) ?? "",
        `(?<![\\w$])${variable.replaceAll("$", "\\$")}\\s*=\\s*`,
      ),
    );
  }

  reset(): void {
    this.#names.clear();
    this.#augmenting.length = 0;
    this.captured.clear();
  }

  /**
   * Takes a cell's names into the session: its types (imported ones, too), and those values that it made.
   *
   * @param values the names that stand for something at run time
   * @param assigned those of them that exist
   */
  commit(id: number, module: CellModule, values: readonly string[], assigned: readonly string[]): void {
    const kept = [...module.declared].filter(([name]) => !values.includes(name) || assigned.includes(name));
    if (kept.length === 0 && !module.augments) return;
    const file = this.#service.file(`cell_${id}`);
    this.#service.set(file, module.source);
    if (module.augments) this.#augmenting.push(file);
    for (const [name, kind] of kept) this.#names.set(name, { file, kind });
  }

  /**
   * Writes a cell's module. Positions in the text are positions in the module.
   *
   * @param all import every name of the session (for completion), not only those the text mentions
   */
  module(blanked: string, magics: readonly MagicCall[], all = false): CellModule {
    const parsed = ts.createSourceFile("cell.ts", blanked, ts.ScriptTarget.ESNext, true, ts.ScriptKind.TS);
    const declared = declaredNames(parsed);
    const text = blankExports(blanked, parsed);
    const mentioned = identifiers(parsed);
    const imported = new Map<string, NameKind>();
    const lines: string[] = [];
    for (const [known, { file, kind }] of this.#names) {
      if (declared.has(known) || !(all || mentioned.has(known))) continue;
      imported.set(known, kind);
      const from = moduleName(file);
      // An import could not be assigned to; this has the same type and can.
      if (kind === "variable") lines.push(`declare let ${known}: typeof import(${from}).${known};`);
      else lines.push(`import { ${known} } from ${from};`);
    }
    for (const file of this.#augmenting) lines.push(`import ${moduleName(file)};`);
    for (const magic of magics) lines.push(magic.declaration);
    lines.push(`export { ${[...declared.keys()].join(", ")} };`);
    const file = this.#service.current;
    const source = `${text}\n;${lines.join("\n")}\n`;
    this.#service.set(file, source);
    return { file, text, source, declared, imported, augments: parsed.statements.some(isAugmentation) };
  }
}

/** The first values of a function's calls in a text, where those are plain strings. @param before a pattern that stands before the call */
export function namesGiven(maker: string, text: string, before = "\\b"): string[] {
  const calls = text.matchAll(new RegExp(`${before}${maker}\\(\\s*(["'])([^"'\\n]*)\\1`, "g"));
  return [...calls].map(([, , name]) => name!);
}

/** A cell's file as another cell imports it, in quotes. */
function moduleName(file: string): string {
  return JSON.stringify(`./${file.slice(file.lastIndexOf("/") + 1, -3)}`);
}

/** A cell exports what it declares anyway: the words become blanks. */
function blankExports(text: string, file: ts.SourceFile): string {
  let blanked = text;
  const blank = (start: number, end: number, by = "") => {
    const kept = blanked.slice(start, end).replace(/[^\r\n]/g, " ");
    blanked = `${blanked.slice(0, start)}${by}${kept.slice(by.length)}${blanked.slice(end)}`;
  };
  for (const statement of file.statements) {
    const start = statement.getStart(file);
    if (ts.isExportDeclaration(statement) && !statement.moduleSpecifier) blank(start, statement.end);
    if (ts.isExportAssignment(statement) && !statement.isExportEquals)
      blank(start, statement.expression.getStart(file));
    if (!ts.canHaveModifiers(statement)) continue;
    const modifiers = (ts.getModifiers(statement) ?? []).filter(
      ({ kind }) => kind === ts.SyntaxKind.ExportKeyword || kind === ts.SyntaxKind.DefaultKeyword,
    );
    for (const modifier of modifiers) {
      // `export default function () {}` has no name to be called by; it is an expression then.
      const nameless =
        modifiers.length > 1 && modifier === modifiers[0] && !(statement as ts.DeclarationStatement).name;
      blank(modifier.getStart(file), modifier.end, nameless ? "void" : "");
    }
  }
  return blanked;
}
