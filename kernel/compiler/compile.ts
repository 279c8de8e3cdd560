import type ts from "#typescript";
import { type MagicCall, parseMagics } from "../magics/parse.ts";
import type { CellImport } from "../runtime/messages.ts";
import { checkedCell } from "./checked.ts";
import { magicsOutsideAsync, ofCell, type Problem, problemContent, problems } from "./diagnostics.ts";
import { type Emitted, emitCell } from "./emit.ts";
import type { Compilation } from "./messages.ts";
import type { Service } from "./service.ts";
import type { CellModule, Session } from "./session.ts";
import { uncheckedCell } from "./unchecked.ts";

/** Errors about a module that may have been installed after it was first looked for. */
const NOT_FOUND: ReadonlySet<string> = new Set(["TS2307", "TS2882", "TS7016"]);

/** Without types, a name that is imported may be that of a type, which no module has. */
const untyped = (one: CellImport): CellImport => ({ ...one, lenient: true });

/** What is wrong with a cell, and how its code is had where nothing is. */
interface Checked {
  readonly found: readonly Problem[];
  readonly file: ts.SourceFile;
  emit(captured: Set<string>, calls: readonly MagicCall[]): Emitted;
}

/** Turns cells into code that the user process runs, one after another. */
export class CellCompiler {
  readonly #service: Service;
  readonly #session: Session;
  readonly #pending = new Map<number, { module: CellModule; values: readonly string[] }>();
  #next = 1;

  constructor(service: Service, session: Session) {
    this.#service = service;
    this.#session = session;
  }

  /** Parses magics, checks types, compiles. Nothing runs when anything is wrong. */
  compile(code: string, label: string, expression = false): Compilation {
    const id = this.#next++;
    const { blanked, calls, problems: wrong, directives } = parseMagics(code, this.#session);
    if (wrong.length > 0) {
      return { ok: false, error: problemContent("MagicError", code, label, wrong) };
    }
    if (directives.typecheck) this.#service.strictness = directives.typecheck;
    const module = this.#session.module(blanked, calls);
    const { found, file, emit } = this.#check(module);
    if (found.length > 0) {
      const ename = found[0]!.code < "TS2" ? "SyntaxError" : "TypeScriptError";
      return { ok: false, error: problemContent(ename, code, label, found) };
    }
    const misplaced = magicsOutsideAsync(file, calls);
    if (misplaced.length > 0) {
      return { ok: false, error: problemContent("MagicError", code, label, misplaced) };
    }
    const { code: compiled, map, imports, values } = emit(this.#session.captured, calls);
    if (!expression) this.#pending.set(id, { module, values });
    return {
      ok: true,
      cell: {
        id,
        label,
        code: compiled,
        map,
        imports: this.#service.strictness === "off" ? imports.map(untyped) : imports,
        declared: values,
        magics: calls.map((call) => call.invocation),
      },
    };
  }

  /** Compiles a cell that nobody has written, without its types, so that the first real one finds the compiler at work. */
  warm(): void {
    const { blanked } = parseMagics("%typecheck loose\nconst warm: number = 1;\nwarm + 1", this.#session);
    const module = this.#session.module(blanked, []);
    uncheckedCell(module).emit(new Set(), []);
  }

  #check(module: CellModule): Checked {
    const { text } = module;
    if (this.#service.strictness === "off") {
      const { file, errors, emit } = uncheckedCell(module);
      return { found: ofCell(errors, text.length), file, emit };
    }
    let found = problems(this.#service.language, module.file, text.length);
    if (found.some(({ code }) => NOT_FOUND.has(code))) {
      this.#service.forgetResolutions();
      found = problems(this.#service.language, module.file, text.length);
    }
    const cell = checkedCell(this.#service.program(), module.file);
    return { found, file: cell.file, emit: (captured, calls) => emitCell(cell, module, captured, calls) };
  }

  commit(id: number, assigned: readonly string[] | null): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (pending && assigned) this.#session.commit(id, pending.module, pending.values, assigned);
  }
}
