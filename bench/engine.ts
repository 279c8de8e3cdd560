/**
 * What the engine makes of the machine, without a peer: GPT-NeoX in Pythia-70m's shape, LoRA of rank 32 on
 * query_key_value, batches as long as alpaca's (SFT, 24 rows) and hh-rlhf's (DPO, 8 pairs), token budget 1,024.
 *
 *     npm run bench -- engine [--steps N] [--threads N] [--shape tiny] [--batches N] [--json FILE]
 *
 * - forward + backward over forward, and useful FLOPs per second (harness/useful-flops.ts) over the best of five products
 *   (harness/products.ts): all in turn, in one process each for learner and products; medians;
 * - peak memory over one float32 copy of the weights: that of a process that trained on both kinds, less that of one
 *   that only loaded the engine;
 * - graphs compiled for batches of different shapes; padding of attention, linear layers and head.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { physicalCores } from "../src/engine/index.ts";
import { modelOf } from "../src/models/index.ts";
import { compiledGraphs } from "./harness/compiled.ts";
import { Engine, timed } from "./harness/engine.ts";
import type { LearnerProcessOptions } from "./harness/learner.ts";
import { addPadding, noPadding } from "./harness/padding.ts";
import { productShapes, products } from "./harness/products.ts";
import { drawBatches, examplesOf, type Kind, kinds } from "./harness/rows.ts";
import { configOf, type Shape, shapeNamed } from "./harness/shapes.ts";
import { median } from "./harness/statistics.ts";
import { formatTable, type Target, verdict } from "./harness/targets.ts";
import { usefulFlops } from "./harness/useful-flops.ts";

const SEED = 1;
const WARM_UP = 1;
const BUDGET = 1024;
const PADDING_BATCHES = 40;

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "7" },
    threads: { type: "string" },
    shape: { type: "string", default: "full" },
    batches: { type: "string", default: "1000" },
    json: { type: "string" },
  },
});
const shape = shapeNamed(values.shape);
const steps = Number(values.steps);
const threads = values.threads ? Number(values.threads) : physicalCores();
const folder = mkdtempSync(join(tmpdir(), "alright-bench-"));
const file = join(folder, "rows.json");

function learnerProcess(name: string, model: boolean): Engine {
  const options: LearnerProcessOptions = {
    ...shape,
    threads,
    file,
    batches: steps + WARM_UP,
    kinds,
    model,
  };
  const script = fileURLToPath(new URL("./harness/learner.js", import.meta.url));
  return new Engine(name, process.execPath, [script], options);
}

const figures: Record<string, unknown> = {};
const targets: Target[] = [];

async function speed(): Promise<void> {
  const batches = drawBatches(shape, steps + WARM_UP, SEED);
  writeFileSync(file, JSON.stringify(batches));
  const learner = learnerProcess("this library", true);
  try {
    await learner.ask("start");
    console.log("the learner is ready");
    const plain = [];
    for (const each of productShapes) plain.push(await products(each, threads));
    const rates = plain.map(() => [] as number[]); // GFLOP/s
    const times = { sft: { forward: [], gradient: [] }, dpo: { forward: [], gradient: [] } } as Record<
      Kind,
      Record<"forward" | "gradient", number[]>
    >;
    const useful: Record<Kind, number[]> = { sft: [], dpo: [] };
    for (let i = 0; i < steps + WARM_UP; i++) {
      for (const kind of kinds) {
        for (const question of ["forward", "gradient"] as const) {
          const { seconds } = await learner.ask(`${question} ${kind} ${i}`);
          if (i >= WARM_UP) times[kind][question].push(Number(seconds));
        }
        const { forward, backward } = usefulFlops(shape, examplesOf(batches[kind][i]!));
        if (i >= WARM_UP) useful[kind].push((forward + backward) / times[kind].gradient.at(-1)! / 1e9);
      }
      for (const [p, each] of plain.entries()) {
        const { seconds } = await timed(() => each.run());
        if (i >= WARM_UP) rates[p]!.push(each.flops / seconds / 1e9);
      }
      console.log(i < WARM_UP ? "warm-up" : `step ${i} of ${steps}`);
    }
    const best = Math.max(...rates.map(median));
    for (const kind of kinds) {
      const { forward, gradient } = times[kind];
      targets.push({
        name: `${kind}: forward + backward over forward`,
        found: median(gradient.map((seconds, i) => seconds / forward[i]!)),
        atMost: 2.1,
      });
      targets.push({
        name: `${kind}: useful FLOP/s over the best product's`,
        found: median(useful[kind]) / best,
        atLeast: 0.85,
      });
    }
    figures.times = times;
    figures.usefulGflops = { sft: median(useful.sft), dpo: median(useful.dpo) };
    figures.productGflops = productShapes.map(([m, k, n], p) => ({ m, k, n, gflops: median(rates[p]!) }));
  } finally {
    learner.stop();
  }
}

async function memory(): Promise<void> {
  const peaks: number[] = [];
  for (const model of [false, true]) {
    const engine = learnerProcess("this library", model);
    try {
      await engine.ask("start");
      if (model) for (const i of [0, 1]) for (const kind of kinds) await engine.ask(`step ${kind} ${i}`);
      peaks.push(await engine.end());
    } finally {
      engine.stop();
    }
  }
  const [alone, training] = peaks as [number, number];
  let numbers = 0;
  for (const size of modelOf(configOf(shape)).shapes.values()) numbers += size.reduce((a, b) => a * b, 1);
  const copy = (numbers * 4) / 2 ** 20;
  console.log(
    `peak memory ${training.toFixed(0)} MB, ${alone.toFixed(0)} MB without a model; weights ${copy.toFixed(0)} MB`,
  );
  figures.megabytes = { training, alone, weights: copy };
  targets.push({
    name: "peak memory over the weights",
    found: (training - alone) / copy,
    atMost: 2.5,
  });
}

async function compiled(): Promise<void> {
  const count = Number(values.batches);
  const graphs = await compiledGraphs(count, SEED);
  console.log(
    `${graphs.all} graphs for ${count} batches of ${graphs.shapes} shapes, ${graphs.first} of them for the first two`,
  );
  figures.graphs = graphs;
  targets.push({ name: "graphs compiled (forward, gradient)", found: graphs.all, atMost: 2 });
}

function padding(shape: Shape): void {
  const batches = drawBatches(shape, PADDING_BATCHES, SEED);
  const both = noPadding();
  for (const kind of kinds) {
    const one = noPadding();
    for (const batch of batches[kind]) {
      addPadding(one, examplesOf(batch), BUDGET);
      addPadding(both, examplesOf(batch), BUDGET);
    }
    const { pairs, neededPairs, microBatches } = one;
    console.log(
      `${kind}: ${(pairs / neededPairs).toFixed(3)} query–key pairs for each needed, ${microBatches / PADDING_BATCHES} micro-batches a batch`,
    );
    figures[`${kind}Padding`] = one;
  }
  targets.push({
    name: "query–key pairs over Σ length²",
    found: both.pairs / both.neededPairs,
    atMost: 1.15,
  });
  targets.push({
    name: "padding in linear layers",
    found: both.tokens / both.neededTokens - 1,
    atMost: 0.02,
  });
  targets.push({
    name: "padding in the head",
    found: both.targets / both.neededTargets - 1,
    atMost: 0.02,
  });
}

try {
  await speed();
  await memory();
  await compiled();
  padding(shapeNamed("full"));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const rates = (figures.productGflops as { m: number; k: number; n: number; gflops: number }[]).map(
  ({ m, k, n, gflops }) => [`${m} × ${k} × ${n}`, gflops.toFixed(0)],
);
const { sft, dpo } = figures.usefulGflops as Record<Kind, number>;
rates.push(["SFT step, useful", sft.toFixed(0)], ["DPO step, useful", dpo.toFixed(0)]);
console.log(`\n${formatTable(["product", "GFLOP/s"], rates)}\n`);
console.log(formatTable(["target", "found", "wanted", ""], targets.map(verdict)));
if (values.json)
  writeFileSync(
    values.json,
    `${JSON.stringify({ name: "engine", shape, threads, seed: SEED, figures, targets }, null, 2)}\n`,
  );
process.exit(0);
