import { describe, expect, test } from "vitest";
import { chosenMode, keptMode, withMode } from "../../extension/src/typecheck/mode.ts";

describe("the mode of type checks that a notebook keeps", () => {
  test("a cell chooses it by its last %typecheck", () => {
    expect(chosenMode("%typecheck off")).toBe("off");
    expect(chosenMode("const a = 1;\n  %typecheck strict // from here on\na")).toBe("strict");
    expect(chosenMode("%typecheck off\n%typecheck loose")).toBe("loose");
  });

  test("what only looks like it chooses nothing", () => {
    for (const source of [
      "x %typecheck off",
      "%typecheck",
      "%typecheck never",
      "%typechecks off",
      "`%typecheck`",
    ])
      expect(chosenMode(source)).toBeNull();
  });

  test("metadata may hold anything", () => {
    expect(keptMode({ typecheck: "off", other: 1 })).toBe("off");
    for (const metadata of [undefined, null, "off", 3, [], { typecheck: "never" }, { typecheck: 1 }])
      expect(keptMode(metadata)).toBeNull();
  });

  test("a mode is kept beside what else is there; the one that kernels start with needs no word", () => {
    expect(withMode({ other: 1 }, "off")).toEqual({ other: 1, typecheck: "off" });
    expect(withMode({ other: 1, typecheck: "off" }, "loose")).toEqual({ other: 1 });
    expect(withMode({ typecheck: "off" }, "loose")).toBeNull();
    expect(withMode("damaged", "strict")).toEqual({ typecheck: "strict" });
  });
});
