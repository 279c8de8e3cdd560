import { expect } from "vitest";
import { type Fuzzed, fuzz } from "./fuzz.ts";

/** The seed of a suite: `FUZZ_SEED`, or `otherwise`. */
export function seedOr(otherwise: number): number {
  const given = Number(process.env.FUZZ_SEED ?? "");
  return process.env.FUZZ_SEED === undefined ? otherwise : given;
}

/** Expects that files of a format are all read, or refused in words. */
export async function expectReadable(format: string, count: number, seed: number): Promise<Fuzzed> {
  const fuzzed = await fuzz(format, count, seed);
  const { failures, ends, seconds, memory } = fuzzed;
  console.log(`seed ${seed}, ${count} files of ${format} in ${seconds.toFixed(1)} s`, {
    ...ends,
    memoryMB: memory[format],
  });
  const told = failures.map(
    ({ number, why, directory, command }) =>
      `FUZZ_SEED=${seed}, ${format} ${number}: ${why}\n  files: ${directory}\n  again: ${command}`,
  );
  expect(told.join("\n\n")).toBe("");
  return fuzzed;
}
