import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadModel, loadModelTokenizer } from "../../src/checkpoints/index.ts";
import { fuzzGguf, wholeFile } from "./gguf-fuzz.ts";

test("the undamaged file is read", async () => {
  const directory = await mkdtemp(join(tmpdir(), "alright-gguf-"));
  const file = join(directory, "model.gguf");
  await writeFile(file, wholeFile());
  expect((await loadModel(file)).tensors.size).toBe(3);
  expect([...(await loadModelTokenizer(file)).encode("abc")]).toEqual([258]);
  await rm(directory, { recursive: true });
});

test("300 damaged files are read or refused with a message that names them", async () => {
  const seed = Date.now() % 1e6;
  const ends = await fuzzGguf(300, seed);
  console.log(`seed ${seed}`, ends);
  expect(ends["readGguf: CheckpointError"]).toBeGreaterThan(50);
  expect(ends["readGguf reads it"]).toBeGreaterThan(10);
});
