/**
 * A whole training step (gradients, clipping, Adam) beside four peers in PyTorch, on the same rows, step by step in turn:
 * GPT-NeoX in Pythia-70m's shape with random weights, LoRA of rank 32 on query_key_value, float32, rows as long as
 * alpaca's (SFT, 24 in a batch) and hh-rlhf's (DPO, 8 pairs). What each peer does is in its file in peers/. A
 * reference's log-probabilities are computed before the first step and not counted; a prompt's tokens count once per
 * response, for all alike. Ratios are medians over the steps that both made.
 *
 *     npm run bench -- training [--steps N] [--trl-steps N] [--kinds sft,dpo] [--peers trl,trl-best,plain,best]
 *                               [--threads N] [--shape tiny] [--python PATH] [--json FILE]
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { physicalCores } from "../src/engine/index.ts";
import { type Answer, Engine } from "./harness/engine.ts";
import type { LearnerProcessOptions } from "./harness/learner.ts";
import { peers as peersFolder, python } from "./harness/python.ts";
import { countedTokens, drawBatches, type Kind, kinds } from "./harness/rows.ts";
import { type Shape, shapeNamed } from "./harness/shapes.ts";
import { median } from "./harness/statistics.ts";
import { formatTable, type Target, verdict } from "./harness/targets.ts";

const SEED = 1;
const WARM_UP = 1;

interface Peer {
  readonly name: string;
  readonly title: string;
  /** Takes so long that few steps must do. */
  readonly slow: boolean;
  /** Our tokens per second over its own, at least. */
  readonly speed: Readonly<Record<Kind, number>>;
  /** Our peak memory over its own, at most. */
  readonly memory?: number;
}

const peers: readonly Peer[] = [
  {
    name: "trl",
    title: "TRL, as people run it",
    slow: true,
    speed: { sft: 7, dpo: 9 },
    memory: 1 / 6,
  },
  { name: "trl-best", title: "TRL at its best", slow: true, speed: { sft: 4, dpo: 6 } },
  { name: "plain", title: "plain PyTorch + peft loop", slow: false, speed: { sft: 1.3, dpo: 1.7 } },
  {
    name: "best",
    title: "best hand-written loop",
    slow: false,
    speed: { sft: 1.1, dpo: 1.1 },
    memory: 0.6,
  },
];
const OURS = "this library";

interface Row {
  readonly name: string;
  readonly title: string;
  readonly kind: Kind;
  readonly tokensPerSecond: number;
  readonly peakMegabytes: number;
  readonly steps: readonly {
    batch: number;
    tokens: number;
    seconds: number;
    processor: number;
    loss: number;
  }[];
  readonly about: Answer;
}

interface Options {
  readonly shape: Shape;
  readonly kinds: readonly Kind[];
  readonly peers: readonly Peer[];
  readonly steps: number;
  readonly slowSteps: number;
  readonly threads: number;
  readonly python: string;
}

/** Measures all engines on one kind of batches. */
async function measure(
  kind: Kind,
  options: Options,
  file: string,
  tokens: readonly number[],
): Promise<Row[]> {
  const { shape, threads } = options;
  const learner = fileURLToPath(new URL("./harness/learner.js", import.meta.url));
  const own: LearnerProcessOptions = {
    ...shape,
    threads,
    file,
    batches: options.steps + WARM_UP,
    kinds: [kind],
    model: true,
  };
  const entries = [
    {
      name: OURS,
      title: OURS,
      steps: options.steps,
      engine: new Engine(OURS, process.execPath, [learner], own),
    },
    ...options.peers.map(({ name, title, slow }) => {
      const steps = slow ? Math.min(options.slowSteps, options.steps) : options.steps;
      const script = ["-W", "ignore", `${peersFolder}training.py`, "--peer", name];
      const given = { ...shape, kind, threads, rows: file, batches: steps + WARM_UP };
      return { name, title, steps, engine: new Engine(title, options.python, script, given) };
    }),
  ];
  try {
    const rows: (Row & { steps: Row["steps"][number][] })[] = [];
    for (const { name, title, engine } of entries) {
      const about = await engine.ask("start");
      rows.push({ name, title, kind, about, steps: [], tokensPerSecond: 0, peakMegabytes: 0 });
      console.log(`${kind}: ${title} is ready`);
    }
    for (let batch = 0; batch < options.steps + WARM_UP; batch++) {
      // A different engine begins each time, so that none always follows the same one.
      for (let turn = 0; turn < entries.length; turn++) {
        const e = (turn + batch) % entries.length;
        const { title, steps, engine } = entries[e]!;
        if (batch >= steps + WARM_UP) continue;
        const { seconds, processor, loss } = await engine.ask(`step ${kind} ${batch}`);
        const speed = tokens[batch]! / Number(seconds);
        console.log(
          `${kind} ${batch < WARM_UP ? "warm-up" : `step ${batch} of ${steps}`}: ${title}, ` +
            `${tokens[batch]} tokens in ${Number(seconds).toFixed(2)} s (${speed.toFixed(0)}/s)`,
        );
        if (batch < WARM_UP) continue;
        rows[e]!.steps.push({
          batch,
          tokens: tokens[batch]!,
          seconds: Number(seconds),
          processor: Number(processor),
          loss: Number(loss),
        });
      }
    }
    const finished: Row[] = [];
    for (const [e, { engine }] of entries.entries()) {
      const row = rows[e]!;
      const tokensPerSecond = median(row.steps.map((step) => step.tokens / step.seconds));
      finished.push({ ...row, tokensPerSecond, peakMegabytes: await engine.end() });
    }
    return finished;
  } finally {
    for (const { engine } of entries) engine.stop();
  }
}

/** Median over the steps that both made of how many times faster the first was. */
function speedup(ours: Row, theirs: Row): number {
  return median(
    theirs.steps.map((step) => step.seconds / ours.steps.find(({ batch }) => batch === step.batch)!.seconds),
  );
}

function targetsOf(rows: readonly Row[], chosen: readonly Peer[]): Target[] {
  const targets: Target[] = [];
  for (const kind of kinds) {
    const ours = rows.find((row) => row.kind === kind && row.name === OURS);
    if (!ours) continue;
    for (const peer of chosen) {
      const theirs = rows.find((row) => row.kind === kind && row.name === peer.name)!;
      targets.push({
        name: `${kind}: tokens/s over those of ${peer.title}`,
        found: speedup(ours, theirs),
        atLeast: peer.speed[kind],
      });
      if (peer.memory !== undefined) {
        targets.push({
          name: `${kind}: peak memory over that of ${peer.title}`,
          found: ours.peakMegabytes / theirs.peakMegabytes,
          atMost: peer.memory,
        });
      }
    }
  }
  return targets;
}

function print(rows: readonly Row[], targets: readonly Target[]): void {
  console.log();
  console.log(
    formatTable(
      ["kind", "engine", "tokens/s", "ours is faster ×", "peak memory", "steps", "last loss"],
      rows.map((row) => {
        const ours = rows.find(({ kind, name }) => kind === row.kind && name === OURS)!;
        return [
          row.kind,
          row.title,
          row.tokensPerSecond.toFixed(0),
          row === ours ? "" : speedup(ours, row).toFixed(2),
          `${row.peakMegabytes.toFixed(0)} MB`,
          String(row.steps.length),
          row.steps.at(-1)!.loss.toFixed(4),
        ];
      }),
    ),
  );
  console.log();
  console.log(formatTable(["target", "found", "wanted", ""], targets.map(verdict)));
}

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "7" },
    "trl-steps": { type: "string", default: "3" },
    kinds: { type: "string", default: kinds.join(",") },
    peers: { type: "string", default: peers.map(({ name }) => name).join(",") },
    threads: { type: "string" },
    shape: { type: "string", default: "full" },
    python: { type: "string" },
    json: { type: "string" },
  },
});
const named = values.peers.split(",").filter(Boolean);
for (const name of named) {
  if (!peers.some((peer) => peer.name === name))
    throw new Error(`--peers ${name}: there are ${peers.map((peer) => peer.name).join(", ")}`);
}
for (const kind of values.kinds.split(",")) {
  if (kind !== "sft" && kind !== "dpo") throw new Error(`--kinds ${kind}: there are sft, dpo`);
}
const options: Options = {
  shape: shapeNamed(values.shape),
  kinds: kinds.filter((kind) => values.kinds.split(",").includes(kind)),
  peers: peers.filter(({ name }) => named.includes(name)),
  steps: Number(values.steps),
  slowSteps: Number(values["trl-steps"]),
  threads: values.threads ? Number(values.threads) : physicalCores(),
  python:
    values.python ?? (named.length ? python({ trl: named.some((name) => name.startsWith("trl")) }) : ""),
};
const folder = mkdtempSync(join(tmpdir(), "alright-bench-"));
try {
  const batches = drawBatches(options.shape, options.steps + WARM_UP, SEED);
  const file = join(folder, "rows.json");
  writeFileSync(file, JSON.stringify(batches));
  const rows: Row[] = [];
  for (const kind of options.kinds)
    rows.push(...(await measure(kind, options, file, batches[kind].map(countedTokens))));
  const targets = targetsOf(rows, options.peers);
  print(rows, targets);
  if (values.json) {
    const { shape, threads } = options;
    const seed = SEED;
    writeFileSync(
      values.json,
      `${JSON.stringify({ name: "training", shape, threads, seed, rows, targets }, null, 2)}\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
