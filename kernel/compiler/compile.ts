import { parseMagics } from "../magics/parse.ts";
import { magicsOutsideAsync, problemContent, problems } from "./diagnostics.ts";
import { emitCell } from "./emit.ts";
import type { Compilation } from "./messages.ts";
import type { Service } from "./service.ts";
import type { CellModule, Session } from "./session.ts";

/** Turns cells into code that the user process runs, one after another. */
export class CellCompiler {
  readonly #service: Service;
  readonly #session: Session;
  readonly #pending = new Map<number, CellModule>();
  #next = 1;

  constructor(service: Service, session: Session) {
    this.#service = service;
    this.#session = session;
  }

  /** Parses magics, checks types, compiles. Nothing runs when anything is wrong. */
  compile(code: string, label: string): Compilation {
    const id = this.#next++;
    const { blanked, calls, problems: wrong, directives } = parseMagics(code, this.#session);
    if (wrong.length > 0) {
      return { ok: false, error: problemContent("MagicError", code, label, wrong) };
    }
    if (directives.typecheck) this.#service.strictness = directives.typecheck;
    const module = this.#session.module(blanked, calls);
    const program = this.#service.program();
    const types = this.#service.strictness !== "off";
    const found = problems(this.#service.language, module.file, module.text.length, types);
    if (found.length > 0) {
      const ename = found[0]!.code < "TS2" ? "SyntaxError" : "TypeScriptError";
      return { ok: false, error: problemContent(ename, code, label, found) };
    }
    const misplaced = magicsOutsideAsync(program.getSourceFile(module.file)!, calls);
    if (misplaced.length > 0) {
      return { ok: false, error: problemContent("MagicError", code, label, misplaced) };
    }
    const { code: compiled, map, imports, values } = emitCell(program, module, this.#session.captured, calls);
    this.#pending.set(id, module);
    return {
      ok: true,
      cell: {
        id,
        label,
        code: compiled,
        map,
        imports,
        declared: values,
        magics: calls.map((call) => call.invocation),
      },
    };
  }

  commit(id: number, assigned: readonly string[]): void {
    const module = this.#pending.get(id);
    this.#pending.delete(id);
    if (module) this.#session.commit(id, module, assigned);
  }
}
