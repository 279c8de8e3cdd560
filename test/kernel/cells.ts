import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CellCompiler } from "../../kernel/compiler/compile.ts";
import { Service } from "../../kernel/compiler/service.ts";
import { Session } from "../../kernel/compiler/session.ts";

/** A notebook without Jupyter: cells are compiled by the kernel's compiler and run here. */
export class Notebook {
  readonly service = new Service(mkdtempSync(join(tmpdir(), "alright-cells-")));
  readonly session = new Session(this.service);
  readonly #compiler = new CellCompiler(this.service, this.session);
  readonly #boxes = new Map<string, { v: unknown }>();
  #count = 0;

  box = (name: string): { v: unknown } => {
    if (!this.#boxes.has(name)) this.#boxes.set(name, { v: undefined });
    return this.#boxes.get(name)!;
  };

  compile(code: string) {
    return this.#compiler.compile(code, `Cell [${++this.#count}]`);
  }

  /** Keeps what a cell declares for later ones, as if it had run. */
  commit({ id, declared }: { readonly id: number; readonly declared: readonly string[] }): void {
    this.#compiler.commit(id, declared);
  }

  /** The cell's result. @throws Error with the compiler's message where it does not compile */
  async run(code: string): Promise<unknown> {
    const compilation = this.compile(code);
    if (!compilation.ok) throw new Error(compilation.error.evalue);
    const { cell } = compilation;
    const scope = {
      box: this.box,
      wait: (value: unknown) => value,
      waitEach: (values: unknown) => values,
      flag: new Int32Array(1),
      stop: () => {},
      import: (name: string) => import(name),
      meta: { url: "file:///notebook/cell.mjs", dirname: "/notebook", filename: "/notebook/cell.mjs" },
      magic: async (index: number, values: readonly unknown[]) => ({ ...cell.magics[index], values }),
    };
    for (const { specifier, bindings } of cell.imports) {
      const module = await import(specifier);
      for (const { imported, local } of bindings)
        this.box(local).v = imported === "*" ? module : module[imported];
    }
    (globalThis as Record<symbol, unknown>)[Symbol.for("alright.cell")] = scope;
    const before = cell.declared.map((name) => this.box(name).v);
    try {
      // biome-ignore lint/security/noGlobalEval: the kernel runs compiled cells in the same way
      const result = await globalThis.eval(cell.code);
      this.#compiler.commit(cell.id, cell.declared);
      return result;
    } catch (error) {
      // As the kernel does: what was made before the error stays.
      this.#compiler.commit(
        cell.id,
        cell.declared.filter((name, at) => this.box(name).v !== before[at]),
      );
      throw error;
    }
  }
}
