import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { CellCompiler } from "../../kernel/compiler/compile.ts";
import { Service } from "../../kernel/compiler/service.ts";
import { Session } from "../../kernel/compiler/session.ts";

const scratch = () => mkdtempSync(join(tmpdir(), "alright-start-"));

describe("the bytecode of TypeScript", () => {
  afterEach(() => vi.unstubAllEnvs());

  /** TypeScript as a kernel with this cache folder loads it. */
  async function load(cache: string) {
    vi.stubEnv("XDG_CACHE_HOME", cache);
    vi.resetModules();
    return import("../../kernel/compiler/typescript.ts");
  }

  const files = (cache: string) => readdirSync(join(cache, "alright-ts"));

  it("is kept for the next kernel, which has the same compiler", async () => {
    const cache = scratch();
    const first = await load(cache);
    expect(first.default.transpile("enum A { b }")).toContain("var A;");
    first.keepBytecode();
    expect(files(cache)).toHaveLength(1);
    const [file] = files(cache);
    const kept = readFileSync(join(cache, "alright-ts", file!));
    const second = await load(cache);
    expect(second.default.version).toBe(first.default.version);
    expect(second.default.transpile("enum A { b }")).toContain("var A;");
    // What V8 has taken is not written again.
    second.keepBytecode();
    expect(readFileSync(join(cache, "alright-ts", file!)).equals(kept)).toBe(true);
  });

  it("is not taken from a damaged file", async () => {
    const cache = scratch();
    (await load(cache)).keepBytecode();
    const path = join(cache, "alright-ts", files(cache)[0]!);
    const damaged = readFileSync(path);
    damaged[damaged.length >> 1]! ^= 0xff;
    writeFileSync(path, damaged);
    const next = await load(cache);
    expect(next.default.transpile("let a: number = 1")).toContain("let a = 1;");
    next.keepBytecode();
    expect(readFileSync(path).equals(damaged)).toBe(false);
  });

  it("is done without where no folder can be written to", async () => {
    const file = join(scratch(), "file");
    writeFileSync(file, "");
    const loaded = await load(file);
    loaded.keepBytecode();
    expect(loaded.default.version).toMatch(/^6\./);
  });
});

describe("the types of the standard library", () => {
  it("are read file by file, and go on where a question stopped them", () => {
    const service = new Service(scratch());
    const compiler = new CellCompiler(service, new Session(service));
    let asked = 0;
    let stops = 0;
    // A question at every fifth file, answered without types or with them.
    while (!service.load(() => ++asked % 5 === 0)) {
      stops++;
      if (stops === 1) {
        const cell = compiler.compile("%typecheck off\nconst n: number = 'text' as any; n", "Cell [1]");
        expect(cell.ok).toBe(true);
        compiler.compile("%typecheck loose", "Cell [2]");
      }
      expect(stops).toBeLessThan(1000);
    }
    expect(stops).toBeGreaterThan(0);
    const wrong = compiler.compile("const n: number = 'text'", "Cell [3]");
    expect(wrong.ok).toBe(false);
    expect(compiler.compile("const n: number = [1].at(-1); n", "Cell [4]").ok).toBe(true);
  });
});
