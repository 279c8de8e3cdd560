import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { completeness } from "../../kernel/compiler/completeness.ts";
import { complete } from "../../kernel/compiler/completion.ts";
import { inspect } from "../../kernel/compiler/inspection.ts";
import { Notebook } from "./cells.ts";

describe("cells", () => {
  const notebook = new Notebook();
  const run = (code: string) => notebook.run(code);
  const fails = (code: string) => expect(run(code)).rejects;
  beforeAll(() => run("1"));

  it("shows the last expression", async () => {
    expect(await run("const q = 2; q * 21")).toBe(42);
    expect(await run("q;")).toBe(2);
    expect(await run("const nothing = 1")).toBeUndefined();
    expect(await run("({ q }) // an object")).toEqual({ q: 2 });
  });

  it("keeps types across cells", async () => {
    await run("interface Point { x: number } type Pair = [Point, Point]; enum Colour { Red, Green = 5 }");
    await run("const pair: Pair = [{ x: 1 }, { x: 2 }]; const green = Colour.Green");
    expect(await run("pair[1].x + green")).toBe(7);
    await fails("pair[0].y").toThrow("TS2339");
    await fails("const wrong: Point = { x: 'a' }").toThrow("TS2322");
  });

  it("lets a name be declared again with another type", async () => {
    await run("let again = 1; const fixed = 'a'");
    await run("let again = 'text'; const fixed = 2");
    expect(await run("again.length + fixed")).toBe(6);
  });

  it("assigns to variables of earlier cells, and checks the type", async () => {
    await run("let total = 1");
    expect(await run("total += 2; total")).toBe(3);
    expect(await run("[total] = [9]; total")).toBe(9);
    await fails("total = 'a'").toThrow("TS2322");
    await run("const constant = 1");
    await fails("constant = 2").toThrow("constant");
  });

  it("shows closures what later cells do", async () => {
    await run("let hits = 0; function hit() { return ++hits; }");
    await run("hit(); hit()");
    expect(await run("hits")).toBe(2);
    expect(await run("hits = 40; hit()")).toBe(41);
    await run("function scale() { return factor() * 2 } function factor() { return 1 }");
    await run("function factor() { return 10 }");
    expect(await run("scale()")).toBe(20);
  });

  it("takes patterns, loops with var, classes, generics and async", async () => {
    expect(
      await run("const { a, b: [c, ...d], ...rest } = { a: 1, b: [2, 3, 4], z: 9 }; [a, c, d, rest]"),
    ).toEqual([1, 2, [3, 4], { z: 9 }]);
    expect(await run("const { missing = 7 } = {} as { missing?: number }; missing")).toBe(7);
    expect(
      await run(
        "for (var i = 0; i < 3; i++); let keys = ''; for (var key in { k: 1 }) keys += key; [i, keys]",
      ),
    ).toEqual([3, "k"]);
    expect(
      await run(
        "class Base<T> { constructor(readonly v: T) {} static make() { return new Base(1) } } class Sub extends Base<number> {} new Sub(4).v + Base.make().v",
      ),
    ).toBe(5);
    expect(await run("new Sub(2) instanceof Base")).toBe(true);
    expect(await run("const late = await Promise.resolve(3); late")).toBe(3);
    expect(await run("let sum = 0; for await (const n of [1, Promise.resolve(2)]) sum += n; sum")).toBe(3);
    expect(await run("const named = () => 1; const use = () => named.name; use()")).toBe("named");
    expect(
      await run(
        "const self = { m() { return this === undefined } }; const f = self.m; const g = () => f(); g()",
      ),
    ).toBe(true);
  });

  it("imports modules, and later cells use them", async () => {
    expect(
      await run(
        "import * as path from 'node:path'; import { join as j } from 'node:path'; j('a', path.basename('/x/b'))",
      ),
    ).toBe("a/b");
    expect(await run("path.extname('a.ts')")).toBe(".ts");
    expect(await run("import type { Stats } from 'node:fs'; const s: Stats | null = null; s")).toBe(null);
    expect(await run("(await import('node:os')).EOL")).toBe("\n");
    await fails("import { nothing } from 'node:path'").toThrow("TS2305");
    await fails("import x from 'no-such-package'").toThrow("TS2307");
  });

  it("is loose where an annotation is missing, strict when told", async () => {
    expect(await run("function loose(x) { return x }; loose(3)")).toBe(3);
    await fails("%typecheck strict\nfunction tight(x) { return x }").toThrow("TS7006");
    await run("%typecheck loose");
  });

  it("runs loops at the top level as fast as a function's", async () => {
    const loop = (n: number) => {
      let s = 0;
      for (let i = 0; i < n; i++) s += i;
      return s;
    };
    const time = async (body: () => unknown) => {
      const begin = performance.now();
      await body();
      return performance.now() - begin;
    };
    const local = await time(() => loop(5e7));
    const compilation = notebook.compile("let s = 0; for (let i = 0; i < 5e7; i++) s += i; s");
    expect(compilation.ok).toBe(true);
    const cell = await time(() => run("let s = 0; for (let i = 0; i < 5e7; i++) s += i; s"));
    expect(cell).toBeLessThan(20 * local + 1000);
  });

  it("passes a magic's expressions on", async () => {
    await run("const best = { lambda: 0.25 }");
    expect(await run("const trained = %alright λ={best.lambda} steps=10\ntrained")).toMatchObject({
      name: "alright",
      options: { steps: "10" },
      expressions: ["lambda"],
      values: [0.25],
    });
    expect(await run("%alright λ=0.5")).toBeUndefined();
    await fails("%alright λ={best}").toThrow("TS2345");
    await fails("function f() {\n  %alright λ=0.5\n}").toThrow(":2:3 - magic: a magic waits");
    expect(await run("async function g() {\n  return 1;\n  %alright λ=0.5\n}\nawait g()")).toBe(1);
    await fails("const t: string = %alright λ=0.5").toThrow("TS2322");
  });
});

describe("at the cursor", () => {
  const notebook = new Notebook();
  beforeAll(() =>
    notebook.run("const model = { layers: 6 };\n/** Doubles. */\nfunction twice(n: number) { return 2 * n }"),
  );
  const completions = (code: string) => complete(notebook.service, notebook.session, code, code.length);
  const texts = (code: string) => completions(code).items.map(({ text }) => text);

  it("completes TypeScript, with names of earlier cells", () => {
    expect(texts("model.la")).toEqual(["layers"]);
    expect(texts("twi")).toEqual(["twice"]);
    expect(texts("const x = %alright λ={model.la")).toEqual(["layers"]);
  });

  it("completes imports", () => {
    expect(texts("import { readF } from 'node:f").slice(0, 2)).toEqual(["node:fs", "node:fs/promises"]);
    writeFileSync(join(notebook.service.directory, "beside.ts"), "export const beside = 1;");
    expect(texts("import { beside } from './bes")).toContain("beside");
    const found = completions("const o = { 'a-b': 1, 'a-c': 2 };\no['a-");
    expect(found.items.map(({ text }) => text)).toEqual(["a-b", "a-c"]);
    expect(found.start).toBe("const o = { 'a-b': 1, 'a-c': 2 };\no['".length);
  });

  it("completes whole-cell magics and the paths of commands", () => {
    writeFileSync(join(notebook.service.directory, "notes.txt"), "");
    expect(texts("%%t")).toEqual(["%%time"]);
    expect(texts("!cat not")).toEqual(["notes.txt"]);
    expect(texts("%np")).toEqual(["%npm"]);
  });

  it("completes methods and objectives that cells define, by their names", async () => {
    await notebook.run(
      "function defineMethod(name: string, options: object) { return { name, options } }\nconst defineObjective = defineMethod; const $mine = defineMethod('my-method', {}),\n  other = defineObjective(\"my-loss\", {});",
    );
    expect(texts("%run my")).toEqual(["my-method"]);
    expect(texts("%sweep methods=alright,my")).toEqual(["my-method"]);
    expect(texts("%alright objective=")).toEqual(["my-loss"]);
    expect(texts("const here = defineMethod('my-other', {});\n%run my").sort()).toEqual([
      "my-method",
      "my-other",
    ]);
    await notebook.run("const $mine = defineMethod('renamed', {})");
    expect(texts("%run my")).toEqual([]);
  });

  it("completes magics, options and values", () => {
    expect(texts("%alr")).toEqual(["%alright"]);
    expect(texts("%")).toContain("%maxright");
    expect(texts("const run = %max")).toEqual(["%maxright"]);
    expect(texts("%alright ")).toEqual(
      expect.arrayContaining(["lambda=", "λ=", "steps=", "background", "batchSize.sft="]),
    );
    expect(texts("%alright λ=0.5 ")).not.toContain("lambda=");
    expect(texts("%alright batch")).toEqual(["batchSize.sft=", "batchSize.dpo="]);
    expect(texts("%alright --sch")).toEqual(["--schedule "]);
    expect(texts("%alright schedule=l")).toEqual(["linear"]);
    expect(texts("%model toy")).toEqual(["toy:conflict", "toy:as-printed"]);
    expect(texts("%data dpo=wordnet-preferences-s")).toEqual(["wordnet-preferences-strong"]);
    expect(texts("%plot b")).toEqual(["bars"]);
    expect(completions("%alright λ=").items[0]).toMatchObject({
      text: "0.5",
      help: expect.stringContaining("[0, 1]"),
    });
  });

  it("completes runs by id and by name, also after a comma", () => {
    const folder = join(notebook.service.directory, "runs", "mix-1");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "run.json"), JSON.stringify({ specification: { name: "half" } }));
    expect(texts("%pause ")).toEqual(expect.arrayContaining(["mix-1", "half"]));
    expect(completions("%plot runs=mix-1,ha")).toMatchObject({
      start: "%plot runs=mix-1,".length,
      items: [{ text: "half", help: "run mix-1" }],
    });
  });

  it("inspects both", () => {
    const at = (code: string, position: number) =>
      inspect(notebook.service, notebook.session, code, position, 0);
    expect(at("twice(3)", 2).text).toContain("function twice(n: number): number\n\nDoubles.");
    expect(at("%alright λ=0.5", 3).text).toContain("draws each step's objective");
    expect(at("%alright λ=0.5", 10).text).toContain("within [0, 1], default 0.5");
    expect(at("nothingHere", 2).found).toBe(false);
    expect(at("%%time\n1", 4).text).toContain("how long");
  });

  it("knows the documentation of what Node, the language and imports have", async () => {
    const at = (code: string, position: number) =>
      inspect(notebook.service, notebook.session, code, position, 0).text;
    expect(at("parseInt", 3)).toContain("Converts a string to an integer.");
    expect(at("setTimeout(", 11)).toMatch(/here: callback: .*\n*[\s\S]*one-time/);
    expect(at("[1].findLast(", 13)).toContain("here: predicate");
    expect(at("import { statSync } from 'node:fs'; statSync", 40)).toContain("Synchronous stat(2)");
    await notebook.run(
      "/** A point. */ class Spot {\n/** How far right. */ x = 1; }\nconst spot = new Spot();",
    );
    expect(at("spot.x", 6)).toContain("How far right.");
    expect(at("new Spot", 6)).toContain("A point.");
    await notebook.run(
      "/** Adds.\n * @param b the second */\nfunction add(a: number, b: number) { return a + b; }",
    );
    expect(at("add(1, ", 7)).toContain("here: b: number: the second");
    // The same, in the cell that is being typed.
    expect(at("/** Halves. */ const half = (n: number) => n / 2; half", 52)).toContain("Halves.");
  });

  it("shows the signature of the call around the cursor", () => {
    const end = (code: string) => inspect(notebook.service, notebook.session, code, code.length, 0);
    expect(end("twice(").text).toBe("twice(n: number): number\n\nhere: n: number\n\nDoubles.");
    expect(end("twice(twice(1), ").text).toContain("twice(n: number)");
    const overloaded = end("'a'.replace(/a/, ");
    expect(overloaded.text).toMatch(/^replace\(.*\n\nhere: replace\w+: /);
    expect(overloaded.text).toMatch(/more overload/);
    expect(end("[1].map((n) => n, ").markdown).toContain("here: `thisArg?: any`");
  });

  it("knows whole cells", () => {
    const status = (code: string) => completeness(notebook.session, code).status;
    expect(status("const x = 1")).toBe("complete");
    expect(status("%alright λ=0.5")).toBe("complete");
    expect(status("function f() {")).toBe("incomplete");
    expect(completeness(notebook.session, "function f() {").indent).toBe("  ");
    expect(status("`a")).toBe("incomplete");
    expect(status("%alright λ={")).toBe("incomplete");
    expect(status("%alrigt")).toBe("invalid");
    expect(status("let 1x")).toBe("invalid");
  });
});
