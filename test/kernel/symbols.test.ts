import { expect, it } from "vitest";
import { completeSymbol } from "../../kernel/compiler/symbols.ts";

it("a letter's LaTeX name becomes the letter, also in a magic", () => {
  const code = "%alright \\lambda";
  expect(completeSymbol(code, code.length)).toEqual({
    start: 9,
    end: 16,
    items: [{ text: "λ", type: "text" }],
  });
});

it("the beginning of a name is completed, and what is no name is left to others", () => {
  const names = (code: string) => completeSymbol(code, code.length)?.items.map(({ text }) => text) ?? null;
  expect(names("const \\ome")).toEqual(["\\omega"]);
  expect(names("\\la")).toEqual(["\\lambda"]);
  expect(names("'\\\\lambda")).toBeNull();
  expect(names("\\constructor")).toBeNull();
  expect(names("lambda")).toBeNull();
  expect(names("")).toBeNull();
});
