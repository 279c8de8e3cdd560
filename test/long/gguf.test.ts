import { expect, test } from "vitest";
import { fuzzGguf } from "../checkpoints/gguf-fuzz.ts";

test("20,000 damaged GGUF files are read or refused with a message that names them", async () => {
  const seed = Date.now() % 1e6;
  const ends = await fuzzGguf(20_000, seed);
  console.log(`seed ${seed}`, ends);
  expect(ends["readGguf: CheckpointError"]).toBeGreaterThan(1000);
});
