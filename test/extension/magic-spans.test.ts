import { describe, expect, it } from "vitest";
import { magicSpans } from "../../extension/src/language/magic-spans.ts";

const pieces = (line: string) =>
  magicSpans(line).map(({ from, to, kind }) => `${kind} ${line.slice(from, to)}`);

describe("the colours of a magic", () => {
  it.each([
    ["%alright λ=0.5", ["name %alright", "option λ", "number 0.5"]],
    ["  %mix --lambda 0.25", ["name %mix", "option --lambda", "number 0.25"]],
    ["const run = %alright steps=60", ["name %alright", "option steps", "number 60"]],
    ["run = %resume", ["name %resume"]],
    ["%%time", ["name %%time"]],
    ["!ls -l runs", ["name !", "text ls -l runs"]],
    ["const files = !ls -l runs", ["name !", "text ls -l runs"]],
    ["all = !./run.sh", ["name !", "text ./run.sh"]],
    ["%sft learningRate=5e-5", ["name %sft", "option learningRate", "number 5e-5"]],
    ["%alright λ={best.lambda}", ["name %alright", "option λ"]],
    ['%alright name="a = 1"', ["name %alright", "option name", 'text "a = 1"']],
    ["%alright λ=1 // tried", ["name %alright", "option λ", "number 1"]],
    ["%pause ; x = 1", ["name %pause"]],
    ["%model toy:conflict", ["name %model", "text toy:conflict"]],
  ])("%s", (line, expected) => {
    expect(pieces(line)).toEqual(expected);
  });

  it.each([
    "const a = b % c",
    "a %b",
    "% b",
    "!done && go()".replace("!", "// !"),
    "const x = !y",
    "const x = !y && z",
    "const x = !y in z",
    "const x = !y;",
    "",
    "%",
    "x %= 3",
  ])("nothing in: %s", (line) => {
    expect(pieces(line)).toEqual([]);
  });

  it("takes no more than a moment for any line", () => {
    for (const line of [
      `%a ${"x".repeat(2000)}`,
      `%a ${"{".repeat(2000)}`,
      `%a ${'"\\'.repeat(1000)}`,
      `%a ${"a=".repeat(1000)}`,
      `x${" ".repeat(2000)}=`,
      `x = !${"a".repeat(2000)}`,
    ]) {
      const begun = performance.now();
      magicSpans(line);
      expect(performance.now() - begun).toBeLessThan(100);
    }
  });
});
