import { describe, expect, it } from "vitest";
import { Notebook } from "./cells.ts";

/** Cells of one notebook, each with its result; a regular expression is the error that the cell ends with. */
type Story = readonly (readonly [cell: string, result: unknown])[];

const nothing = undefined;

const stories: Readonly<Record<string, Story>> = {
  decorators: [
    [
      `const seen: string[] = [];
       function register(made: any, { name }: ClassDecoratorContext) { seen.push(String(name)); return made; }
       function twice(method: any, _: ClassMethodDecoratorContext): any {
         return function (this: any, ...values: any[]) { return 2 * method.apply(this, values); };
       }
       @register class Shop { @twice price(n: number) { return n; } accessor open = 3; static self() { return new Shop(); } }
       [seen, new Shop().price(4), Shop.self() instanceof Shop, new Shop().open]`,
      [["Shop"], 8, true, 3],
    ],
    ["new Shop().price(5)", 10],
  ],
  "enums and namespaces": [
    [
      "enum Colour { Red, Green = 5, Blue } const enum Fast { X = 7 }\n[Colour.Blue, Colour[5], Fast.X]",
      [6, "Green", 7],
    ],
    ["const colourOf = () => Colour.Blue; [colourOf(), Fast.X]", [6, 7]],
    ["enum Colour { Blue = 'now' } colourOf()", "now"],
    [
      "namespace Shapes { export const n = 1; export function more() { return n + 1; } export namespace Inner { export type Size = number; export const size = 4; } }",
      nothing,
    ],
    ["const size: Shapes.Inner.Size = Shapes.Inner.size; size + Shapes.more()", 6],
    [
      "import more = Shapes.more; import Inner = Shapes.Inner; import Size = Shapes.Inner.Size; more() + Inner.size",
      6,
    ],
    [
      "const aliased: Size = Inner.size; import I2 = Inner; const later = () => more() + I2.size; aliased + later()",
      10,
    ],
    [
      "namespace Types { export type T = 1; } import OnlyType = Types.T; import Only = Types; const one: OnlyType & Only.T = 1; one",
      1,
    ],
    ["import Size = Intl.NumberFormat; new Size('en').format(1e3)", "1,000"],
  ],
  using: [
    [
      `const log: string[] = [];
       class Resource implements Disposable { constructor(readonly name: string) {} [Symbol.dispose]() { log.push(this.name); } }
       { using a = new Resource("a"); log.push("in"); }
       log.join()`,
      "in,a",
    ],
    ["using b = new Resource('b'); const nameOf = () => b.name; log.push('c'); nameOf()", "b"],
    ["log.join()", "in,a,c,b"],
    ["await using d = { async [Symbol.asyncDispose]() { log.push('d'); } }; log.length", 4],
    ["log.at(-1)", "d"],
    ["b", /TS2304/],
  ],
  generics: [
    [
      "class Stack<T> { #all: T[] = []; push(x: T) { this.#all.push(x); return this; } get top() { return this.#all.at(-1); } }\nconst stack = new Stack<number>().push(3); stack.top",
      3,
    ],
    ["stack.push(4).top.toFixed(1)", "4.0"],
    ["stack.push('5')", /TS2345/],
    ["const first = <const T extends readonly unknown[]>(x: T): T[0] => x[0]; first(['a', 1])", "a"],
    ["const literal: 'a' = first(['a', 1]); literal", "a"],
    ["const cast = <any>3; const id = <T,>(x: T) => x; id(cast)", 3],
  ],
  "for await": [
    [
      "async function* count() { yield 1; yield 2; }\nlet sum = 0; for await (const n of count()) sum += n; sum",
      3,
    ],
    ["const all = []; for await (const n of count()) all.push(n); all", [1, 2]],
    ["let added = 0; for (const n of [1, 2]) added += await Promise.resolve(n); added", 3],
  ],
  destructuring: [
    [
      "let [a, , b = 3, ...c] = [1, 2, undefined, 4, 5]; let { x: { y: [z] }, ['k' + 1]: k, ...rest } = { x: { y: [1] }, k1: 2, m: 3 } as any;\n[a, b, c, z, k, rest]",
      [1, 3, [4, 5], 1, 2, { m: 3 }],
    ],
    ["[a, b] = [b, a]; [a, b]", [3, 1]],
    ["({ a, q: b } = { a: 10, q: 20 }); [a, b]", [10, 20]],
  ],
  "names declared again": [
    [
      "class Thing { v() { return 1; } } const old = new Thing(); let again = 1; const peek = () => again",
      nothing,
    ],
    [
      "class Thing { v() { return 'two'; } } let again = 'text'; [old.v(), new Thing().v(), peek()]",
      [1, "two", "text"],
    ],
    ["new Thing().v().length + again.length", 7],
    ["import { join } from 'node:path'; join('a', 'b')", "a/b"],
    ["import { join } from 'node:path/posix'; join('a', 'c')", "a/c"],
    ["const join = 5; join", 5],
    ["var twice = 1; var twice = 2; twice", 2],
    ["function outer() { return inner(); } function inner() { return 1; } outer()", 1],
    ["function inner() { return 'x'; } outer()", "x"],
    ["class Held { static n = 1; } const held = () => Held.n; held()", 1],
    ["class Held { static n = 2; } held()", 2],
  ],
  "closures see what is assigned later": [
    ["let n = 1; const get = () => n; const set = (v: number) => { n = v; }; get()", 1],
    ["n = 5; get()", 5],
    ["set(8); n", 8],
    ["n++; ++n; n += 2; n **= 2; n ||= 4; [n, get()]", [144, 144]],
    [
      "const each: (() => number)[] = []; for (let i = 0; i < 3; i++) each.push(() => i); each.map((f) => f())",
      [0, 1, 2],
    ],
  ],
  "functions called by name have no this": [
    [
      "let plain = function (this: any) { return this === undefined; }; const call = () => plain(); call()",
      true,
    ],
    ["const optional = () => plain?.(); optional()", true],
    [
      "let tag = function (this: any, parts: TemplateStringsArray) { return [this === undefined, parts[0]]; }; const tagged = () => tag`x`; tagged()",
      [true, "x"],
    ],
    ["let Made = class { a = 1; }; const make = () => new Made(); make().a", 1],
    ["const named = () => 1; const nameOf = () => named.name; nameOf()", "named"],
  ],
  types: [
    [
      "interface Tree { kids: Tree[]; owner?: Owner } interface Owner { tree: Tree }\nconst tree: Tree = { kids: [] }; tree.kids.length",
      0,
    ],
    [
      "type Json = string | Json[] | { [key: string]: Json }; const json: Json = [{ a: ['b'] }]; json",
      [{ a: ["b"] }],
    ],
    ["const settings = { a: 1 } satisfies Record<string, number>; settings.a", 1],
    ["type Key = keyof typeof settings; const key: Key = 'a'; key", "a"],
    ["const wrong: Key = 'b'", /TS2322/],
    [
      "function over(a: string): string; function over(a: number): number; function over(a: any) { return a; } over(1)",
      1,
    ],
    ["over('a').length", 1],
    ["class Hidden { private x = 1; peek() { return this.x; } } const hide = () => new Hidden()", nothing],
    ["hide().x", /TS2341/],
    ["hide().peek()", 1],
    ["const unique: unique symbol = Symbol('u'); const keyed = { [unique]: 1 }; keyed[unique]", 1],
    ["keyed[unique].toFixed(1)", "1.0"],
    [
      "import type { Stats } from 'node:fs'; import { type Dirent, readFileSync } from 'node:fs'; let entry: Dirent | Stats = null; typeof readFileSync",
      "function",
    ],
    ["let later: Stats | Dirent = null; new Stats()", /TS1361|TS2693/],
    ["let later: Stats | Dirent = null; later", null],
  ],
  "loose, as tslab is": [
    ["let none = null; let list = []; list.push(1); list.push('a'); none = 5; [none, list]", [5, [1, "a"]]],
    ["[3].find((n) => n > 2).toFixed(1)", "3.0"],
    ["function any(x) { return x.y } any({ y: 2 })", 2],
    ["let text: string = null; text", null],
  ],
  "without type checking": [
    [
      "%typecheck off\nconst n: number = 'text' as any; let held = 1; const get = () => held; enum Off { A = 3 } n",
      "text",
    ],
    ["held = 5; [get(), Off.A, n.length]", [5, 3, 4]],
    ["interface Only { a: number } const only: Only = { a: 1 }; undeclared", /undeclared is not defined/],
    ["const again: Only = { a: 2 }; [only.a, again.a]", [1, 2]],
    ["import { join, PathObject } from 'node:path'; join('a', 'b')", "a/b"],
    ["const f = (p: PathObject) => join('c', 'd'); f(null)", "c/d"],
    ["using gone = { [Symbol.dispose]() { held = 9; } }; 1", 1],
    ["held", 9],
    ["const = 3", /TS1134/],
    ["%typecheck loose\nget().toFixed(1)", "9.0"],
  ],
  "ts-ignore and the like": [
    ["// @ts-ignore\nconst w: number = 'a'; w", "a"],
    ["// @ts-expect-error\nconst v: number = 'a'; v", "a"],
    ["// @ts-expect-error\nconst u: number = 1; u", /1:1 - TS2578/],
    ["// @ts-nocheck\nconst t: number = 'a'; t", "a"],
  ],
  exports: [
    [
      "export const e = 1; export function f() { return e; } export type T = number; export class C {}\nf()",
      1,
    ],
    ["const g: T = e; export { g, f as h }; g + f()", 2],
    ["export default 5", 5],
    ["export default function named() { return 3; }\nnamed()", 3],
    ["named()", 3],
    ["export default class {}", nothing],
  ],
  "names of globals": [
    ["const name = 'n', display = 5, process = { pid: 1 }; [name, display, process.pid]", ["n", 5, 1]],
    ["display + process.pid", 6],
    ["let Map = 3; Map", 3],
    [
      "let v = 1; { let v = 2; v; } function shadow(v: number) { return v; } [shadow(9), v, [4].map((v) => v)]",
      [9, 1, [4]],
    ],
    ["const __scope = 1, __result = 2, __done = 3, __flag = 4; __scope + __result + __done + __flag", 10],
  ],
  "what a cell declares without making it": [
    ["declare const ghost: number; declare function spirit(): string; typeof ghost", "undefined"],
    ["(globalThis as any).ghost = 5; ghost + 1", 6],
    ["delete (globalThis as any).ghost", true],
    [
      "declare global { interface Array<T> { tail(): T } }\nArray.prototype.tail = function () { return this.at(-1); }",
      expect.any(Function),
    ],
    ["[1, 2].tail().toFixed(1)", "2.0"],
  ],
  "where a cell stands": [
    ["[import.meta.dirname, __dirname, __filename]", ["/notebook", "/notebook", "/notebook/cell.mjs"]],
    ["((__dirname: string) => __dirname)('own')", "own"],
  ],
  "awaits, and names declared again": [
    ["const soon = await Promise.resolve(3); for await (const one of [soon]) { var seen = one; } seen", 3],
    ["let seen = 'now text'; seen.length", 8],
    ["class seen {} ; new seen() instanceof seen", true],
    ["function seen() { return soon; } seen()", 3],
    ["const seen = () => soon + 1; const soon = 5; seen()", 6],
  ],
  "what the language is not": [
    ["const element = <div>text</div>;", /1:\d+ - TS1\d+/],
    ["const twice = 1; const twice = 2;", /TS2451/],
    ["const = 3", /TS1134/],
  ],
  "an error half-way": [
    [
      "const before = 1; let also = 2; function uses() { return before; }\nthrow new Error('half');\nconst after = 3",
      /half/,
    ],
    ["[before, also, uses()]", [1, 2, 1]],
    ["after", /TS2304/],
    ["also = 7; throw new Error('again')", /again/],
    ["also", 7],
  ],
  "results that look like something else": [
    ["({ a: 1 })", { a: 1 }],
    ["'use strict'; 5", 5],
    ["5; ; ;", 5],
    ["// only a comment", nothing],
    ["", nothing],
    ["const mod = 7 % 4; mod", 3],
    ["/a%b/.test('a%b')", true],
    ["2n ** 64n", 18446744073709551616n],
    [
      "outer: for (let i = 0; i < 3; i++) { for (;;) { if (i > 1) break outer; continue outer; } } 'ok'",
      "ok",
    ],
    ["if (true) { var inBlock = 3; } inBlock", 3],
  ],
};

async function tell(notebook: Notebook, story: Story): Promise<void> {
  for (const [cell, result] of story) {
    if (result instanceof RegExp) await expect(notebook.run(cell), cell).rejects.toThrow(result);
    else expect(await notebook.run(cell), cell).toEqual(result);
  }
}

describe("the language of cells", () => {
  for (const [name, story] of Object.entries(stories)) it(name, () => tell(new Notebook(), story));
});

/** Whether a cell ends as it does because of its types. */
const isOfTypes = (result: unknown) => result instanceof RegExp && /TS2\d+/.test(result.source);
/** Whether a cell itself says how it is checked. */
const setsChecks = (cell: string) => cell.includes("%typecheck");

describe("the language of cells, without type checks", () => {
  for (const [name, story] of Object.entries(stories)) {
    if (story.some(([cell]) => setsChecks(cell))) continue;
    it(name, async () => {
      const notebook = new Notebook();
      await notebook.run("%typecheck off");
      await tell(
        notebook,
        story.filter(([, result]) => !isOfTypes(result)),
      );
    });
  }
});
