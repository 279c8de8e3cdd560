import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { programAlone } from "../../kernel/compiler/alone.ts";
import { checkedCell } from "../../kernel/compiler/checked.ts";
import { emitCell } from "../../kernel/compiler/emit.ts";
import { Session } from "../../kernel/compiler/session.ts";
import { uncheckedCell } from "../../kernel/compiler/unchecked.ts";
import { parseMagics } from "../../kernel/magics/parse.ts";
import { Notebook } from "./cells.ts";

// A cell without type checks is compiled by its scopes alone, and must come out as a program with a checker compiles it.

/** Scopes that hide a cell's names, or don't; syntax that is only TypeScript's; what needs a checker after all. */
const CELLS = [
  "let a = 1, b = 2, c = 3, f = () => a, K = class {};",
  "{ let a = 5; a++; } a; function g(b = a, c = () => b) { var a = 9; return a + b + c(); }",
  "const h = function a() { return a; }; const C = class a { m() { return a; } }; a",
  "try { throw 1 } catch (a) { a } catchless(); a: for (const b of [a]) { if (b) break a; }",
  "function catchless() {} for (let a = 0; a < 3; a++) setTimeout(() => a); for (a of [1]); for (var w of [2]) w;",
  "({ a, b: { c } = { c: 1 }, ...b } = { a: c }); [a, [b] = [a]] = [1]; ({ a: c }).a; const o = { a, b() { return a; }, [c]: c }; o",
  "const { a: x1, [b]: y1 = a, ...z1 } = o; x1",
  "class P<T> extends K<T> implements Q { private constructor(public a: number, readonly b = c) { super(); } static s = a; #p = b; get v() { return this.#p } declare d: T; static { a; } }",
  "interface Q { a: number } type R = typeof a extends Q ? keyof Q : R2; declare const e1: number; declare function e2(): void; abstract class S { abstract m(): void; n!: number; o?: string }",
  "function over(a: string): void; function over(a: number): void; function over(a: any) { return <any>a as Q; } over(a!)",
  "const s = { a: 1 } satisfies object as const; s.a; b as unknown as typeof a; (<Q>c)",
  "import d, { type T1, a as imported, b2 } from './x'; import type { T2 } from './y'; import * as all from './z'; import './w'; function usesThem(x: T1): T2 { return d + imported + b2 + all.a; }",
  "export const q = 1; export default function () {}\nexport type { Q }; export class V {}",
  "await f(); for await (const one of many()) one; async function* many() { yield await a; yield* many(); }",
  "enum E { A = 1, B = A << 1, C = 'text'.length } namespace N { export const a = E.A; export function m() { return a; } } N.a + E.B",
  "const enum F { A = 3, B } F.A + F['B']; declare enum G { A = 7 } declare const enum H { A = 8 } H.A",
  "function dec(v: any, c: any) {} @dec class D { @dec m() {} @dec accessor n = a; constructor(private p = a) {} }",
  "{ using r = { [Symbol.dispose]() {} }; await using r2 = f() as any; a } accessor; var accessor = 1;",
  "import fs = require('node:fs'); import type U = require('x'); fs.a",
  "namespace N1 { export const a = 1; export namespace M1 { export const b = 2 } } import A1 = N1.M1; import B1 = N1.M1.b; () => A1.b + B1",
  "import C1 = A1.b; import D1 = B1; C1 + D1 + A1.b",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a cell's
  "f`x${a}`; (f)(); f?.(); a?.b; a ?? b; new.target; import.meta.url; await import('x'); __dirname; () => __filename; (__filename: string) => __filename",
  "a\n++b\n; a ||= b; a **= 2; delete o.a; typeof a; void b; !c; -a; a in o; o instanceof K; [...f()]; ({ ...o })",
  "label: { break label } switch (a) { case b: { let c = 1; c } default: c } do { a } while (b); if (a) b; else c; throw a",
  "function args() { return arguments.length + a; } const arrow = <T,>(a: T) => a; function gen<T extends Q>(this: T, a?: T): a is T { return true; }",
  "const \u{1d6fc} = 1; const \\u0061bc = a; \u{1d6fc} + abc; '\u2028'; /* 🙂 */ a // end",
];

/** This project's own code, as if it had been written in cells: long, and with all kinds of types. */
function ownFiles(folder: string): string[] {
  const root = fileURLToPath(new URL(`../../${folder}/`, import.meta.url));
  return readdirSync(root)
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(root + name, "utf8"));
}

/** Compiles cells one after another both ways. @returns how many there were */
function compare(cells: readonly string[]): number {
  const session = new Session(new Notebook().service);
  for (const [id, code] of cells.entries()) {
    const { blanked, calls, problems } = parseMagics(code, session);
    expect(problems, code).toEqual([]);
    const module = session.module(blanked, calls);
    const cell = uncheckedCell(module);
    const program = programAlone(module);
    expect(cell.errors, code).toHaveLength(0);
    const captured = new Set(session.captured);
    const emitted = cell.emit(session.captured, calls);
    expect(emitted, code).toEqual(emitCell(checkedCell(program, module.file), module, captured, calls));
    expect(session.captured, code).toEqual(captured);
    session.commit(id, module, emitted.values, emitted.values);
  }
  return cells.length;
}

describe("cells without type checks", () => {
  it("compile as with a checker", () => {
    expect(compare(CELLS)).toBe(CELLS.length);
  });

  it("compile as with a checker: the kernel's own files", () => {
    expect(compare(["runtime", "protocol"].flatMap((room) => ownFiles(`kernel/${room}`)))).toBeGreaterThan(
      30,
    );
  });

  it("say what is wrong with their syntax", () => {
    const notebook = new Notebook();
    notebook.compile("%typecheck off");
    const compilation = notebook.compile("const a = ;");
    expect(!compilation.ok && compilation.error.ename).toBe("SyntaxError");
  });
});
