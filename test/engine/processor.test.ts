import { cpus } from "node:os";
import { describe, expect, test } from "vitest";
import { processorKind } from "../../src/engine/index.ts";

const cpuinfo = (family: number, model: number) =>
  `processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: ${family}\nmodel\t\t: ${model}\nmodel name\t: AMD EPYC\nstepping\t: 1\n`;

describe("the kind of processor", () => {
  test("tells apart what has one name", () => {
    expect(processorKind(cpuinfo(26, 2))).toBe(
      `${process.platform}-${process.arch}, ${cpus()[0]!.model.trim()} (family 26, model 2)`,
    );
    expect(processorKind(cpuinfo(25, 1))).not.toBe(processorKind(cpuinfo(26, 2)));
  });

  test("is the name where nothing more is known", () => {
    expect(processorKind("")).toBe(`${process.platform}-${process.arch}, ${cpus()[0]!.model.trim()}`);
    expect(processorKind("model name\t: Cortex\n")).not.toContain("family");
  });
});
