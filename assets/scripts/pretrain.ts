/**
 * Pretrains an embedded model (`--model pythia-tiny`, the default, or `llama-tiny`) with this library's own full-parameter
 * training; started again, it goes on from its last checkpoint. The finished model is written to assets/models/NAME/.
 *
 *   npx tsc -b assets/scripts && node dist/assets/scripts/pretrain.js --minutes 30
 *   node dist/assets/scripts/pretrain.js --model llama-tiny --steps 4974 --threads 1
 */
import { appendFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readSafetensors, saveModel, writeSafetensors } from "../../src/checkpoints/index.ts";
import { type Example, Sampler, type SamplerState } from "../../src/data/index.ts";
import { createLearner, initialise } from "../../src/engine/index.ts";
import { sft } from "../../src/objectives/index.ts";
import { adam, clipToNorm, globalNorm } from "../../src/training/optimizer.ts";
import { embedded } from "./embedded.ts";
import { corpusTokens, stretches } from "./tokens.ts";

const { values } = parseArgs({
  options: {
    model: { type: "string", default: "pythia-tiny" },
    minutes: { type: "string", default: "30" },
    rows: { type: "string", default: "8" },
    length: { type: "string", default: "128" },
    "learning-rate": { type: "string", default: "3e-3" },
    seed: { type: "string", default: "42" },
    folder: { type: "string" },
    output: { type: "string" },
    threads: { type: "string", default: "2" },
    /** Train so many steps, with a schedule over them, in place of `minutes`. */
    steps: { type: "string", default: "0" },
    /** Keeps and writes nothing but its log. */
    trial: { type: "boolean", default: false },
  },
});
const { config, directory, workFolder, tokenizerFrom } = embedded(values.model);
const number = (key: "minutes" | "rows" | "length" | "learning-rate" | "seed" | "threads" | "steps") =>
  Number(values[key]);
const seconds = number("minutes") * 60;
const steps = number("steps");
const seed = number("seed");
const length = number("length");
const folder = values.folder ?? workFolder;
const output = values.output ?? directory;
const checkpointFolder = join(folder, values.trial ? "trial" : "checkpoint");
const log = join(folder, values.trial ? "trial.jsonl" : "log.jsonl");
const peak = number("learning-rate");
const warmup = 100;
const clip = 1;
const minutesBetweenCheckpoints = 3;

interface Progress {
  step: number;
  tokens: number;
  /** Time spent on training steps, over all runs: the learning rate's clock. */
  seconds: number;
  sampler: SamplerState;
}

const { training, heldOut } = await corpusTokens(tokenizerFrom, workFolder);
const examples = stretches(training, length);
const heldOutExamples = stretches(heldOut, length);
const sampler = new Sampler({ rows: examples.length, batchSize: number("rows"), seed, name: "pretrain" });
const learner = await createLearner(initialise(config, seed), {
  lora: null,
  seed,
  threads: number("threads"),
  tokenBudget: 2048,
});
const { parameters } = learner;
const optimizer = adam(parameters, { betas: [0.9, 0.98], epsilon: 1e-9, weightDecay: 0.01 });
const gradients = parameters.map(({ data }) => new Float32Array(data.length));
const objective = sft();
let progress: Progress = { step: 0, tokens: 0, seconds: 0, sampler: sampler.state() };
await mkdir(folder, { recursive: true });
if (values.trial) await rm(checkpointFolder, { recursive: true, force: true });
else await restore();

const size = parameters.reduce((sum, { data }) => sum + data.length, 0);
console.log(
  `${size} parameters, ${training.length} training tokens, ${heldOut.length} held out; from step ${progress.step}`,
);

let saved = performance.now();
let shown = performance.now();
let mean = 0;
while (done() < 1) {
  const began = performance.now();
  const batch = Array.from(sampler.next(), (i) => examples[i]!);
  for (const gradient of gradients) gradient.fill(0);
  const { loss } = await learner.gradient(batch, objective, null, 1, gradients);
  if (!Number.isFinite(loss)) throw new Error(`step ${progress.step + 1}: the loss is ${loss}`);
  clipToNorm(gradients, globalNorm(gradients), clip);
  // A linear warm-up, then a cosine down to a twentieth.
  const cosine = 0.05 + 0.95 * 0.5 * (1 + Math.cos(Math.PI * done()));
  optimizer.update(gradients, peak * Math.min(1, (progress.step + 1) / warmup) * cosine);
  progress = {
    step: progress.step + 1,
    tokens: progress.tokens + responseTokens(batch),
    seconds: progress.seconds + (performance.now() - began) / 1000,
    sampler: sampler.state(),
  };
  mean = mean === 0 ? loss : 0.95 * mean + 0.05 * loss;
  if (performance.now() - shown > 15_000) {
    shown = performance.now();
    console.log(
      `step ${progress.step}  loss ${mean.toFixed(3)}  ${(progress.tokens / progress.seconds).toFixed(0)} tokens/s  ${progress.seconds.toFixed(0)} s`,
    );
  }
  if (performance.now() - saved > minutesBetweenCheckpoints * 60_000) {
    if (!values.trial) await checkpoint();
    await report(heldOutExamples.slice(0, 200), false);
    saved = performance.now();
  }
}
const final = await report(heldOutExamples, true);
if (!values.trial) {
  await checkpoint();
  const checkpointed = { config: { ...config, torch_dtype: "float16" }, tensors: learner.weights() };
  await saveModel(output, checkpointed, {
    dtype: "F16",
    ...(output === tokenizerFrom ? {} : { tokenizerFrom }),
  });
  const made = { ...final, parameters: size, rows: number("rows"), length, learningRate: peak, seed };
  await writeFile(join(output, "training.json"), `${JSON.stringify(made, null, 2)}\n`);
}
await learner.dispose();

/** How much of the training is done: by steps where their number is given, otherwise by the clock. */
function done(): number {
  return steps > 0 ? progress.step / steps : progress.seconds / seconds;
}

/** Held-out loss in nats a token. */
async function report(on: readonly Example[], all: boolean) {
  const { logProbs } = await learner.logProbs(on);
  const loss = -logProbs.reduce((sum, value) => sum + value, 0) / responseTokens(on);
  const line = {
    step: progress.step,
    tokens: progress.tokens,
    seconds: Math.round(progress.seconds),
    trainingLoss: mean,
    heldOutLoss: loss,
    heldOutTokens: responseTokens(on),
    all,
  };
  console.log(`held-out loss ${loss.toFixed(4)} on ${line.heldOutTokens} tokens, step ${progress.step}`);
  await appendFile(log, `${JSON.stringify(line)}\n`);
  return line;
}

function responseTokens(some: readonly Example[]): number {
  return some.reduce((sum, { responses }) => sum + responses[0]!.length, 0);
}

/** Weights, moments and positions, written beside the last checkpoint and renamed over it. */
async function checkpoint(): Promise<void> {
  const beside = `${checkpointFolder}.partial`;
  await rm(beside, { recursive: true, force: true });
  await mkdir(beside, { recursive: true });
  const arrays = [...parameters.map(({ data }) => data), ...optimizer.state] as Float32Array[];
  await writeSafetensors(
    join(beside, "state.safetensors"),
    new Map(arrays.map((data, i) => [`${i}`, { shape: [data.length], data }])),
  );
  await writeFile(join(beside, "progress.json"), JSON.stringify(progress));
  await rm(`${checkpointFolder}.old`, { recursive: true, force: true });
  await rename(checkpointFolder, `${checkpointFolder}.old`).catch(() => undefined);
  await rename(beside, checkpointFolder);
}

async function restore(): Promise<void> {
  const read = async (from: string) =>
    JSON.parse(await readFile(join(from, "progress.json"), "utf8")) as Progress;
  let from = checkpointFolder;
  const found = await read(from).catch(() => read((from = `${checkpointFolder}.old`)).catch(() => undefined));
  if (!found) return;
  progress = found;
  sampler.restore(progress.sampler);
  optimizer.count = progress.step;
  const { tensors } = await readSafetensors(join(from, "state.safetensors"));
  const arrays = [...parameters.map(({ data }) => data), ...optimizer.state];
  for (const [i, data] of arrays.entries()) data.set(tensors.get(`${i}`)!.data);
}
