/**
 * Adaptive λ against a fixed grid with as many runs, on the paper's toy, for several seeds and budgets: the hypervolume of the ends, below
 * the worst of λ = 0 and λ = 1 or below a stated reference, and the widest gap that is left on the front, in parts of the front's extent.
 *
 *     npm run bench -- adaptive [--budgets 5,7,9,15] [--seeds N] [--steps N] [--method NAME] [--reference DPO,SFT] [--json FILE]
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  hypervolume,
  type LossPoint,
  localExecutor,
  paretoFront,
  type SweepSummary,
  spread,
  sweep,
} from "../src/index.ts";

const { values } = parseArgs({
  options: {
    budgets: { type: "string", default: "5,7,9,15" },
    seeds: { type: "string", default: "5" },
    steps: { type: "string", default: "20000" },
    method: { type: "string", default: "alright" },
    reference: { type: "string" },
    json: { type: "string" },
  },
});
const budgets = values.budgets.split(",").map(Number);
const { method } = values;
const [dpo, sft] = values.reference?.split(",").map(Number) ?? [];
const stated = dpo !== undefined && sft !== undefined ? { dpo, sft } : null;
const runs = mkdtempSync(join(tmpdir(), "alright-adaptive-"));
const base = { model: "toy:conflict", data: {}, steps: Number(values.steps), evaluation: { every: 100_000 } };

const endsOf = ({ list }: SweepSummary): LossPoint[] =>
  list.map(({ dpo, sft }) => ({ dpo: dpo!, sft: sft! }));

function figures(ends: readonly LossPoint[], reference: LossPoint) {
  const front = paretoFront(ends).sort((a, b) => a.sft - b.sft);
  const [first, last] = [front[0]!, front.at(-1)!];
  const extent = { dpo: first.dpo - last.dpo || 1, sft: last.sft - first.sft || 1 };
  const gaps = front
    .slice(1)
    .map(({ dpo, sft }, i) =>
      Math.hypot((sft - front[i]!.sft) / extent.sft, (dpo - front[i]!.dpo) / extent.dpo),
    );
  return { volume: hypervolume(ends, reference), points: front.length, widest: Math.max(0, ...gaps) };
}

/** One process: then the first runs of an adaptive sweep are those of one with a smaller budget. */
const alone = () => localExecutor({ processes: 1, threads: 1 });

try {
  const rows = budgets.flatMap((budget) =>
    ["grid", "adaptive"].map((name) => ({ name, budget, seeds: [] as ReturnType<typeof figures>[] })),
  );
  const row = (name: string, budget: number) =>
    rows.find((one) => one.name === name && one.budget === budget)!;
  for (let seed = 1; seed <= Number(values.seeds); seed++) {
    const adaptive = {
      method,
      budget: Math.max(...budgets),
      seeds: [seed],
      ...(stated && { reference: stated }),
    };
    const chosen = endsOf(await sweep({ base, adaptive }, { runs, executor: alone() }).done);
    // λ = 0 and λ = 1 are its first and third.
    const reference = stated ?? { dpo: chosen[0]!.dpo, sft: chosen[2]!.sft };
    for (const budget of budgets) {
      const lambda = Array.from({ length: budget }, (_, i) => i / (budget - 1));
      const fixed = await sweep({ base, methods: [method], lambda, seeds: [seed] }, { runs }).done;
      row("grid", budget).seeds.push(figures(endsOf(fixed), reference));
      row("adaptive", budget).seeds.push(figures(chosen.slice(0, budget), reference));
    }
  }
  for (const { name, budget, seeds } of rows) {
    const shown = (key: "volume" | "points" | "widest") => {
      const of = spread(seeds.map((one) => one[key]))!;
      return `${of.mean.toPrecision(5)} ± ${(of.deviation ?? 0).toPrecision(2)}`;
    };
    console.log(
      `${String(budget).padStart(3)} runs, ${name.padEnd(9)} hypervolume ${shown("volume")}, points on the front ${shown("points")}, widest gap ${shown("widest")} (${seeds.length} seeds)`,
    );
  }
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ name: "adaptive", rows }, null, 2)}\n`);
} finally {
  rmSync(runs, { recursive: true, force: true });
}
