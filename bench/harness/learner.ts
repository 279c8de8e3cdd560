/**
 * This library's side, as a process: trains on batches of a file of rows, the same step as the peers' (gradient,
 * clipping, Adam). Without a model it only loads the engine, for what that takes by itself.
 *
 *     learner.js OPTIONS    start | step KIND N | forward KIND N | gradient KIND N | end
 */
import { readFileSync } from "node:fs";
import { createLearner, initialise, type LanguageLearner } from "../../src/engine/index.ts";
import { dpo, type Objective, sft } from "../../src/objectives/index.ts";
import { adam, clipToNorm, globalNorm } from "../../src/training/optimizer.ts";
import { serve, timed } from "./engine.ts";
import { examplesOf, type Kind, type WrittenBatches } from "./rows.ts";
import { configOf, loraOf, type Shape } from "./shapes.ts";

export interface LearnerProcessOptions extends Shape {
  readonly threads: number;
  /** A file of batches, and how many of them will be asked for. */
  readonly file: string;
  readonly batches: number;
  readonly kinds: readonly Kind[];
  /** Whether there is a model at all. */
  readonly model: boolean;
}

const LEARNING_RATE = 1e-4;
const CLIP = 1;

async function trainer(options: LearnerProcessOptions) {
  const learner: LanguageLearner = await createLearner(initialise(configOf(options), 1), {
    lora: loraOf(options),
    seed: 1,
    threads: options.threads,
    tokenBudget: 1024,
  });
  const { parameters } = learner;
  const gradients = parameters.map(({ data }) => new Float32Array(data.length));
  const optimizer = adam(parameters);
  const objectives: Readonly<Record<Kind, Objective>> = { sft: sft(), dpo: dpo({ beta: 0.1 }) };
  const written = JSON.parse(readFileSync(options.file, "utf8")) as WrittenBatches;
  const batches = {
    sft: written.sft.slice(0, options.batches).map(examplesOf),
    dpo: written.dpo.slice(0, options.batches).map(examplesOf),
  };
  const reference: Float64Array[] = [];
  if (options.kinds.includes("dpo")) {
    for (const batch of batches.dpo) reference.push((await learner.logProbs(batch)).logProbs);
  }
  const gradient = async (kind: Kind, i: number) => {
    for (const each of gradients) each.fill(0);
    const known = kind === "dpo" ? reference[i]! : null;
    return (await learner.gradient(batches[kind][i]!, objectives[kind], known, 1, gradients)).loss;
  };
  return {
    forward: (kind: Kind, i: number) => learner.logProbs(batches[kind][i]!),
    gradient,
    async step(kind: Kind, i: number) {
      const loss = await gradient(kind, i);
      clipToNorm(gradients, globalNorm(gradients), CLIP);
      optimizer.update(gradients, LEARNING_RATE);
      return loss;
    },
  };
}

const options = JSON.parse(process.argv[2]!) as LearnerProcessOptions;
const training = options.model ? await trainer(options) : null;
const answer = (name: "forward" | "gradient" | "step") => async (kind?: string, i?: string) => {
  let result: unknown;
  const time = await timed(async () => {
    result = await training![name](kind as Kind, Number(i));
  });
  return typeof result === "number" ? { ...time, loss: result } : time;
};
await serve({
  start: () => ({ node: process.versions.node, "onnxruntime-node": "1.30.0" }),
  forward: answer("forward"),
  gradient: answer("gradient"),
  step: answer("step"),
});
