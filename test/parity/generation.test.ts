/** Greedy texts as transformers' generate gives them; make-generation-fixtures.py says how its were made. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readSafetensors } from "../../src/checkpoints/index.ts";
import { createGenerator } from "../../src/engine/index.ts";

interface Case {
  readonly parallel: boolean;
  readonly prompt: number[];
  readonly continuation: number[];
}

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const known = JSON.parse(readFileSync(fixture("cases.json"), "utf8")).cases as {
  config: Record<string, unknown>;
}[];
const cases = JSON.parse(readFileSync(fixture("generation.json"), "utf8")).cases as Case[];

describe.each([true, false])("with parallel residual %s", (parallel) => {
  it.each([1, 4])("greedy texts are transformers', %i at a time", async (batchSize) => {
    const { tensors } = await readSafetensors(fixture("weights.safetensors"));
    const { config } = known.find(({ config }) => config.use_parallel_residual === parallel)!;
    const checkpoint = { config, tensors };
    const generator = await createGenerator(checkpoint, { threads: 1 });
    const mine = cases.filter((one) => one.parallel === parallel);
    expect(mine).toHaveLength(4);
    const prompts = mine.map(({ prompt }) => Int32Array.from(prompt));
    const decoding = generator.decode(prompts, {
      maxTokens: mine[0]!.continuation.length,
      batchSize,
    });
    const texts: number[][] = mine.map(() => []);
    while (!decoding.done)
      for (const { sequence, token } of await decoding.step()) texts[sequence]!.push(token);
    expect(texts).toEqual(mine.map(({ continuation }) => continuation));
    await generator.dispose();
  });
});
