import { describe, expect, it } from "vitest";
import { findMagics, parseMagics } from "../../kernel/magics/parse.ts";

const session = { has: (name: string) => name === "known" };
const names = (code: string) => findMagics(code, session).map(({ start }) => start.name);

describe("where a magic is", () => {
  it.each([
    ["at the start", "%alright λ=0.5"],
    ["after a line without a semicolon", "const x = 5\n%alright λ=0.5"],
    ["after a call without a semicolon", "f(x)\n%alright"],
    ["after a semicolon on the same line", "f(x); %alright"],
    ["after a comment", "// why\n/* so */ %alright"],
    ["after a block", "if (x) { f() }\n%alright"],
    ["in a block", "for (const l of ls) {\n  %alright λ={l}\n}"],
    ["after =", "const run = %alright λ=0.5"],
    ["after = in an assignment", "run = %alright λ=0.5"],
    ["after a regular expression with a quote", "const r = /['`]/;\n%alright"],
    ["after a template", "const t = `a ${b} c`\n%alright"],
    ["where a variable has its name, but options follow", "const alright = 1\n%alright λ=0.5"],
  ])("%s", (_, code) => expect(names(code)).toEqual(["alright"]));

  it.each([
    ["in a template", "const t = `\n%alright λ=0.5\n`"],
    ["in a template's expression", "const t = `${\n%alright\n}`"],
    ["in a comment", "/*\n%alright\n*/ 1"],
    ["in a line comment", "// %alright"],
    ["in a string", 'const s = "%alright"'],
    ["in parentheses", "f(\n%alright\n)"],
    ["in square brackets", "[\n%alright\n]"],
    ["in an expression", "const c = a %alright"],
    ["on a continued line", "const c = a\n  %alright"],
    ["after an operator", "const c = a +\n%alright"],
    ["where it is the rest of a division by a variable", "const known = 3\na\n%known"],
    ["after ==", "a == %alright"],
    ["after =>", "const f = () => %alright"],
    ["after +=", "a += %alright"],
    ["before a space", "a\n% alright"],
    ["before a digit", "a\n%2"],
  ])("not %s", (_, code) => expect(names(code)).toEqual([]));
});

describe("commands of the shell", () => {
  const commands = (code: string) =>
    findMagics(code, session)
      .filter(({ start }) => start.name === "!")
      .map(({ read }) => read.arguments[0]?.text);

  it.each([
    ["!ls -l | head -3 # all", ["ls -l | head -3 # all"]],
    ["const a = 1\n!git log --oneline\na", ["git log --oneline"]],
    ["!./run.sh; echo $?", ["./run.sh; echo $?"]],
    ["!/bin/ls", ["/bin/ls"]],
    ["!npm install a \\\n  b\n1", ["npm install a \\\n  b"]],
    ["  !python3 -c 'print(1)'", ["python3 -c 'print(1)'"]],
    ["const files = !ls -l; date\nfiles", ["ls -l; date"]],
    ["let a;\na = !./run.sh", ["./run.sh"]],
  ])("%s", (code, expected) => expect(commands(code)).toEqual(expected));

  it.each([
    ["a variable of the session", "!known"],
    ["a variable of the cell", "const {\n  done,\n} = x;\n!done && go()"],
    ["a global", "!isNaN(3)"],
    ["a double negation", "!!done"],
    ["a call", "!f(x)"],
    ["an expression", "!(a && b)\n!/a/.test(b)\n![1].length"],
    ["a keyword", "!await f()\n!this.x\n!true"],
    ["the middle of an expression", "const a =\n!b\nf(\n!c\n)"],
    ["a block", "if (a) {\n  !b && go()\n}"],
    ["a template", "`\n!ls\n`"],
    ["a comparison", "a\n!= b"],
    ["a type's assertion", "x!\ny!.z"],
    ["a negation that is assigned", "let done = true;\nconst b = !done\nlet c = !known"],
    ["a negation that is assigned in a function", "function f() {\n  const b = !done;\n}"],
    ["a negation of a call or an expression", "const b = !f(1);\nconst c = !(a && b);\nconst d = !!a"],
  ])("not %s", (_, code) => expect(commands(code)).toEqual([]));

  it("keeps the positions of what follows", () => {
    const code = "!echo 'a' > b.txt\nconst after = 1";
    const { blanked } = parseMagics(code, session);
    expect(blanked).toHaveLength(code.length);
    expect(blanked.indexOf("const after")).toBe(code.indexOf("const after"));
  });
});

describe("%%", () => {
  const problems = (code: string) => parseMagics(code, session).problems.map(({ message }) => message);
  it("is for a whole cell", () => {
    expect(names("// what takes so long?\n%%time\nf()")).toEqual(["time"]);
    expect(names("1\n%%time")).toEqual([]);
    expect(problems("%%time\n1")).toEqual([]);
    expect(problems("%%alright λ=0.5")[0]).toContain("write %alright");
    expect(problems("%%tim")[0]).toContain('did you mean "%time"');
  });
});

describe("blanking", () => {
  it.each([
    "%sft",
    "const run = %alright λ=0.5 steps=10 // why\nrun",
    "%alright λ={a.b} steps={f({x: 1}, '}')} --seed 3;\nnext()",
    "%sft λ\n[1].map(f)",
    "%data sft='a b.jsonl' \\\n  dpo=c.jsonl\nrest",
  ])("keeps length and line breaks: %s", (code) => {
    const { blanked } = parseMagics(code, session, true);
    expect(blanked).toHaveLength(code.length);
    const breaks = (text: string) => [...text.matchAll(/\n/g)].map(({ index }) => index);
    expect(breaks(blanked)).toEqual(breaks(code));
  });

  it("keeps expressions where they are", () => {
    const code = "%mix λ={best.lambda} steps={2 * n}";
    const { blanked, calls } = parseMagics(code, session);
    expect(blanked.indexOf("best.lambda")).toBe(code.indexOf("best.lambda"));
    expect(blanked.indexOf("2 * n")).toBe(code.indexOf("2 * n"));
    expect(calls[0]!.declaration).toContain("(lambda: number, steps: number)");
  });
});

describe("reading options", () => {
  const options = (code: string) => parseMagics(code, session).calls[0]!.invocation;
  const problems = (code: string) => parseMagics(code, session).problems.map(({ message }) => message);

  it("takes every spelling", () => {
    for (const spelling of [
      "λ=0.5",
      "lambda=0.5",
      "--lambda 0.5",
      "--lambda=0.5",
      "--λ 0.5",
      'λ="0.5"',
      "LAMBDA=0.5",
    ]) {
      expect(options(`%alright ${spelling}`).options).toEqual({ lambda: "0.5" });
    }
    expect(options("%alright --learning-rate 1e-3").options).toEqual({ learningRate: "1e-3" });
    expect(options("%alright lr=1e-3 β=0.2").options).toEqual({ learningRate: "1e-3", beta: "0.2" });
  });

  it("takes flags with and without dashes", () => {
    for (const code of ["%alright background", "%alright --background", "%alright background=true"]) {
      expect(Object.keys(options(code).options)).toEqual(["background"]);
    }
  });

  it("takes words, quoted values and comments", () => {
    expect(options("%model toy:conflict // the toy").words).toEqual(["toy:conflict"]);
    expect(options(`%alright template="User: {prompt}\\nA: " name='my run'`).options).toEqual({
      template: "User: {prompt}\nA: ",
      name: "my run",
    });
  });

  it("takes a word in quotes as text, whatever it says", () => {
    for (const text of ["raw", "seed", "model=x", "What is a pear?"]) {
      expect(problems(`%generate "${text}"`)).toEqual([]);
      expect(options(`%generate "${text}" raw seed=3`)).toMatchObject({
        words: [text],
        options: { raw: true, seed: "3" },
      });
    }
    expect(problems("%generate seed").join()).toContain("needs a value");
  });

  it.each([
    ["%alrigt", 'did you mean "%alright"'],
    ["%alright lamda=0.5", 'did you mean "lambda"'],
    ["%alright λ=1.01", "within [0, 1]"],
    ["%alright λ=-0.1", "within [0, 1]"],
    ["%alright λ=half", "expected a number"],
    ["%alright steps=0", "at least 1"],
    ["%alright λ", "needs a value"],
    ["%alright λ=0.5 lambda=0.6", "given twice"],
    ["%alright 0.5", 'no option "0.5"'],
    ["%plot objectives", 'did you mean "objective"'],
    ["%typecheck", "needs a mode"],
    ["const x = %model a", "has no value"],
    ["%sequential order=dpo,stf", 'did you mean "sft"'],
  ])("%s: %s", (code, message) => expect(problems(code).join()).toContain(message));

  it("says where", () => {
    const code = "const x = 1;\n%alright λ=2";
    const [problem] = parseMagics(code, session).problems;
    expect(code.slice(problem!.start, problem!.start + problem!.length)).toBe("λ=2");
  });

  it("knows an open expression as incomplete", () => {
    expect(parseMagics("%alright λ={best.", session).incomplete).toBe(true);
    expect(parseMagics("%alright λ={best}", session).incomplete).toBe(false);
  });
});
