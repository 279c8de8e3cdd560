import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readCorpus } from "../../assets/scripts/corpus.ts";
import { embedded } from "../../assets/scripts/embedded.ts";
import { vocabulary } from "../../assets/scripts/pythia-tiny.ts";
import { assetPath } from "../../src/assets.ts";
import { loadModel, type ModelCheckpoint, resolveModel } from "../../src/checkpoints/index.ts";
import { createLearner } from "../../src/engine/index.ts";
import { loadTokenizer } from "../../src/text/index.ts";

test("llama-tiny has pythia-tiny's tokenizer, and the checksum that its card says", async () => {
  const [pythia, llama] = [await resolveModel("pythia-tiny"), await resolveModel("llama-tiny")];
  expect(await readFile(join(llama, "tokenizer.json"))).toEqual(
    await readFile(join(pythia, "tokenizer.json")),
  );
  const weights = createHash("sha256").update(await readFile(join(llama, "model.safetensors")));
  expect(await readFile(join(llama, "README.md"), "utf8")).toContain(weights.digest("hex"));
});

describe.each(["pythia-tiny", "llama-tiny"])("%s", (name) => {
  const { config } = embedded(name);
  let directory: string;
  let checkpoint: ModelCheckpoint;
  const measured = async (file: string) => JSON.parse(await readFile(join(directory, file), "utf8"));

  beforeAll(async () => {
    directory = await resolveModel(name);
    checkpoint = await loadModel(directory);
  });

  test("is shipped where its name says", () => {
    expect(directory).toBe(assetPath(`models/${name}`));
  });

  test("has its script's configuration, 3 to 7 million parameters, and a tokenizer of its vocabulary", async () => {
    expect(checkpoint.config).toMatchObject(config);
    let size = 0;
    for (const { data } of checkpoint.tensors.values()) size += data.length;
    expect(size).toBe((await measured("training.json")).parameters);
    expect(size).toBeGreaterThan(3e6);
    expect(size).toBeLessThan(7e6);
    const tokenizer = await loadTokenizer(directory);
    expect(tokenizer.vocabulary).toBe(vocabulary);
    expect(tokenizer.eos).toBe(config.eos_token_id);
  });

  test("its card's numbers are those measured, and beat the 5-gram's on the same tokens", async () => {
    const training = await measured("training.json");
    const baseline = await measured("baseline.json");
    expect(training.heldOutTokens).toBe(baseline.heldOutTokens);
    expect(training.heldOutLoss).toBeLessThan(baseline.loss);
    const card = await readFile(join(directory, "README.md"), "utf8");
    expect(card).toContain(training.heldOutLoss.toFixed(3));
    expect(card).toContain(baseline.loss.toFixed(3));
  });

  test("as shipped, in float16, predicts held-out text as well as measured", async () => {
    const tokenizer = await loadTokenizer(directory);
    const { heldOut } = await readCorpus();
    const examples = heldOut.slice(0, 150).flatMap((text, row) => {
      const ids = Int32Array.of(...tokenizer.encode(text), tokenizer.eos);
      // As in training: stretches of 128 predicted tokens, the first one after an end token.
      return Array.from({ length: Math.ceil(ids.length / 128) }, (_, i) => ({
        row,
        prompt: Int32Array.of(i === 0 ? tokenizer.eos : ids[128 * i - 1]!),
        responses: [ids.slice(128 * i, 128 * (i + 1))],
      }));
    });
    const learner = await createLearner(checkpoint, { lora: null, seed: 0, threads: 1 });
    const { logProbs } = await learner.logProbs(examples);
    await learner.dispose();
    const tokens = examples.reduce((sum, { responses }) => sum + responses[0]!.length, 0);
    const loss = -logProbs.reduce((sum, value) => sum + value, 0) / tokens;
    console.log(`${tokens} held-out tokens: ${loss.toFixed(3)} nats a token`);
    expect(Math.abs(loss - (await measured("training.json")).heldOutLoss)).toBeLessThan(0.25);
  });
});
