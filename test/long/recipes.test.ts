/**
 * CONTRIBUTING.md's recipes, followed literally on a copy of the repository: the blocks are the page's, what it says in words ("import it and
 * add it to …") is done here. Types, the tests that each recipe names and the reference have to be right afterwards.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { blocksOf, root } from "../docs/pages.ts";

const copy = mkdtempSync(join(tmpdir(), "alright-recipes-"));
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** The TypeScript blocks of a recipe, without the indentation of its list. */
function recipe(title: string): string[] {
  const lines = readFileSync(join(root, "CONTRIBUTING.md"), "utf8").split("\n");
  const from = lines.indexOf(`### ${title}`) + 1;
  expect(from, `CONTRIBUTING.md has a recipe "${title}"`).toBeGreaterThan(0);
  const next = lines.findIndex((line, i) => i >= from && /^##/.test(line));
  return blocksOf("CONTRIBUTING.md")
    .filter(({ language, line }) => language === "ts" && line > from && line <= next)
    .map(({ text }) => text.replace(/^ {3}/gm, ""));
}

const write = (path: string, text: string) => writeFileSync(join(copy, path), `${text}\n`);

/** Changes one place of a file. */
function edit(path: string, place: RegExp, by: (found: string) => string): void {
  const before = readFileSync(join(copy, path), "utf8");
  const after = before.replace(place, by);
  expect(after, `${path} has ${place}`).not.toBe(before);
  writeFileSync(join(copy, path), after);
}

const imported = (path: string, line: string) => edit(path, /^import /m, (found) => `${line}\n${found}`);
const appended = (path: string, text: string) => edit(path, /\n$/, () => `\n\n${text}\n`);
const node = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: copy, encoding: "utf8" });
  return { status, said: status === 0 ? "" : `${stdout}${stderr}`.slice(-4000) };
};
const done = { status: 0, said: "" };

beforeAll(() => {
  const files = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" });
  for (const file of files.split("\0").filter(Boolean)) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
});

test("a method", () => {
  const [method, say] = recipe("A method");
  write("src/methods/half.ts", method!);
  imported("src/methods/registry.ts", `import { half } from "./half.ts";`);
  edit("src/methods/registry.ts", /\[sequential, /, (found) => `${found}half, `);
  appended("test/methods/methods.test.ts", say!);
});

test("an objective", () => {
  const [loss, option, weights] = recipe("An objective");
  appended("src/objectives/margin-losses.ts", loss!);
  edit("src/objectives/registry.ts", /import \{ cpo, /, (found) => `${found}odpo, `);
  edit("src/objectives/registry.ts", /orpo, cpo\]/, () => "orpo, cpo, odpo]");
  edit("src/objectives/dpo.ts", /"cpo";\n/, () => `"cpo" | "odpo";\n${option}\n`);
  edit("src/runs/specification.ts", /orpo, cpo,/, (found) => `${found} odpo,`);
  edit("test/objectives/objectives.test.ts", / *\["cpo", .*\n/, (found) => `${found}${weights}\n`);
});

test("a magic", () => {
  const [magic] = recipe("A magic");
  write("kernel/magics/version.ts", magic!);
  imported("kernel/magics/table.ts", `import { version } from "./version.ts";`);
  edit("kernel/magics/table.ts", /^ {4}help,$/m, (found) => `    version,\n${found}`);
});

test("an operator", () => {
  const [operator, value] = recipe("An operator");
  appended("src/tensor/operators/elementwise.ts", operator!);
  edit("src/tensor/index.ts", /^ {2}scale,$/m, (found) => `  reciprocal,\n${found}`);
  edit("test/tensor/operators.test.ts", /^ {2}unary\("exp", /m, (found) => `${value}\n${found}`);
});

test("a model", () => {
  const [model, shapes] = recipe("A model");
  write("src/models/mistral.ts", model!);
  imported("src/models/families.ts", `import { mistral } from "./mistral.ts";`);
  edit("src/models/families.ts", /^ {2}llama,$/m, (found) => `${found}\n  mistral,`);
  write("test/models/mistral.test.ts", shapes!);
});

test("types are right, the reference is written, and the recipes' tests pass", () => {
  expect(node("node_modules/typescript/bin/tsc", "-b")).toEqual(done);
  expect(node("node_modules/typescript/bin/tsc", "-p", "test")).toEqual(done);
  const tests = ["methods", "objectives", "tensor/operators", "models", "kernel/reference"];
  const vitest = (...args: string[]) => node("node_modules/vitest/vitest.mjs", "run", ...args);
  // Until the reference is written anew, its test fails, as the recipes say.
  expect(vitest("test/kernel/reference").status).not.toBe(0);
  expect(node("dist/kernel/magics/write-reference.js", "kernel/README.md")).toEqual(done);
  expect(vitest(...tests.map((name) => `test/${name}`))).toEqual(done);
  const page = readFileSync(join(copy, "kernel/README.md"), "utf8");
  expect(page).toContain("`%version`");
  expect(page).toContain("cpo | odpo");
});
