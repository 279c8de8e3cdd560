import { createRequire } from "node:module";
import type * as Onnxruntime from "onnxruntime-node";
import { createLearner, initialise } from "../../src/engine/index.ts";
import { dpo, sft } from "../../src/objectives/index.ts";
import { drawBatches, examplesOf, kinds } from "./rows.ts";
import { configOf, loraOf, shapes } from "./shapes.ts";

/**
 * Graphs that onnxruntime compiles while a tiny model trains on `batches` batches of as many shapes as are drawn, half of
 * them SFT, half DPO: `first` in the first of each kind (the forward pass, each objective's gradient), `all` in all.
 */
export async function compiledGraphs(
  batches: number,
  seed: number,
): Promise<Readonly<{ first: number; all: number; shapes: number }>> {
  const { InferenceSession } = createRequire(import.meta.url)("onnxruntime-node") as typeof Onnxruntime;
  const made = InferenceSession as unknown as { create(...args: unknown[]): unknown };
  const create = made.create;
  let all = 0;
  made.create = (...args) => {
    all++;
    return create.apply(made, args);
  };
  try {
    const shape = shapes.tiny;
    const learner = await createLearner(initialise(configOf(shape), seed), {
      lora: loraOf(shape),
      seed,
      threads: 1,
    });
    const gradients = learner.parameters.map(({ data }) => new Float32Array(data.length));
    const written = drawBatches(shape, batches / kinds.length, seed);
    const seen = new Set<string>();
    let first = 0;
    for (let i = 0; i < batches / kinds.length; i++) {
      for (const kind of kinds) {
        const batch = examplesOf(written[kind][i]!);
        const lengths = batch.map(({ prompt, responses }) => [
          prompt.length,
          ...responses.map((r) => r.length),
        ]);
        seen.add(lengths.join());
        const reference = (await learner.logProbs(batch)).logProbs;
        await learner.gradient(batch, kind === "sft" ? sft() : dpo(), reference, 1, gradients);
      }
      if (i === 0) first = all;
    }
    await learner.dispose();
    return { first, all, shapes: seen.size };
  } finally {
    made.create = create;
  }
}
