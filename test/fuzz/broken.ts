/** A reader with every fault that the suite looks for, each on the file of its number: whoever watches is watched, too. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DataError } from "../../src/data/error.ts";
import type { Format } from "./formats.ts";

const held: Buffer[] = [];

const faults: readonly (() => void)[] = [
  () => {},
  () => {
    throw new TypeError("Cannot read properties of undefined");
  },
  () => {
    for (;;) held.length = 0;
  },
  () => {
    held.push(Buffer.alloc(700 * 2 ** 20, 1));
  },
  () => process.kill(process.pid, "SIGSEGV"),
  () => {
    throw new DataError("something is wrong somewhere");
  },
];

export const broken: Format = {
  examples: () => [{ files: new Map([["number", Buffer.from("0")]]), damaged: ["number"] }],
  read: async (directory) => faults[Number(readFileSync(join(directory, "number"), "utf8"))]!(),
  damage: (_examples, _random, number) => new Map([["number", Buffer.from(String(number))]]),
};
