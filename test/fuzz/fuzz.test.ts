import { expect, test } from "vitest";
import { Random } from "../../src/data/random.ts";
import { damageBytes } from "./damage-bytes.ts";
import { damageJson } from "./damage-json.ts";
import { fuzz } from "./fuzz.ts";
import { shared } from "./shares.ts";
import { expectReadable, seedOr } from "./suite.ts";

/** Files of all formats together; the same ones every time, unless FUZZ_SEED says otherwise. */
const files = 1000;
const seed = seedOr(1);

test.each(shared(files))("damaged files of %s are read or refused in words (%i)", async (name, count) => {
  const { ends } = await expectReadable(name, count, seed);
  // Damage that nothing survives, or that nothing minds, would test nothing.
  const read = Object.entries(ends).filter(([end]) => end.includes(": read"));
  const well = read.reduce((sum, [, count]) => sum + count, 0);
  const all = Object.values(ends).reduce((sum, count) => sum + count, 0);
  expect(well).toBeGreaterThan(0);
  expect(all - well).toBeGreaterThan(0);
});

test("a reader that hangs, takes too much memory, dies or fails in other words is told with the file that did it", async () => {
  const { failures } = await fuzz("broken", 6, 1);
  expect(failures.map(({ number, why }) => `${number}: ${why.slice(0, 40)}`)).toEqual([
    expect.stringMatching(/^1: TypeError/),
    expect.stringMatching(/^2: hung/),
    expect.stringMatching(/^3: took \d+ MB/),
    expect.stringMatching(/^4: crashed \(SIGSEGV\)/),
    expect.stringMatching(/^5: the message names no file/),
  ]);
  for (const { command, directory } of failures) expect(command).toContain(directory);
});

test("damage follows from the seed alone", () => {
  const text = JSON.stringify({ shape: [2, 3], type: "F32", of: [{ a: 1 }] });
  const some = (seed: number) => Array.from({ length: 200 }, (_, i) => damageJson(text, new Random(seed, i)));
  expect(some(3)).toEqual(some(3));
  expect(some(3)).not.toEqual(some(4));
  expect(new Set(some(3)).size).toBeGreaterThan(100);
  const bytes = Buffer.from(text);
  expect(damageBytes(bytes, new Random(3))).toEqual(damageBytes(bytes, new Random(3)));
  expect(bytes.toString()).toBe(text);
});
