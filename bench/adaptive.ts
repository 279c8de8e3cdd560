/**
 * Adaptive λ against a fixed grid of λ with as many runs, on the paper's toy, for several seeds: hypervolume of the ends below where the
 * runs started, and the widest gap that is left on the front.
 *
 *     npm run bench -- adaptive [--budget N] [--seeds N] [--steps N] [--json FILE]
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { hypervolume, type LossPoint, paretoFront, type SweepSummary, spread, sweep } from "../src/index.ts";

const { values } = parseArgs({
  options: {
    budget: { type: "string", default: "9" },
    seeds: { type: "string", default: "5" },
    steps: { type: "string", default: "20000" },
    method: { type: "string", default: "alright" },
    json: { type: "string" },
  },
});
const budget = Number(values.budget);
const runs = mkdtempSync(join(tmpdir(), "alright-adaptive-"));
const base = { model: "toy:conflict", data: {}, steps: Number(values.steps), evaluation: { every: 100_000 } };

function figures({ list }: SweepSummary) {
  const ends: LossPoint[] = list.map(({ dpo, sft }) => ({ dpo: dpo!, sft: sft! }));
  const front = paretoFront(ends).sort((a, b) => a.sft - b.sft);
  const gaps = front
    .slice(1)
    .map((point, i) => Math.hypot(point.sft - front[i]!.sft, point.dpo - front[i]!.dpo));
  return {
    volume: hypervolume(ends, { dpo: 2, sft: 2 }),
    points: front.length,
    widest: Math.max(0, ...gaps),
  };
}

try {
  const rows: Record<string, ReturnType<typeof figures>[]> = { grid: [], adaptive: [] };
  for (let seed = 1; seed <= Number(values.seeds); seed++) {
    const lambda = Array.from({ length: budget }, (_, i) => i / (budget - 1));
    const { method } = values;
    const fixed = await sweep({ base, methods: [method], lambda, seeds: [seed] }, { runs }).done;
    const chosen = await sweep({ base, adaptive: { method, budget, seeds: [seed] } }, { runs }).done;
    rows.grid!.push(figures(fixed));
    rows.adaptive!.push(figures(chosen));
  }
  for (const [name, all] of Object.entries(rows)) {
    const shown = (key: "volume" | "points" | "widest") => {
      const of = spread(all.map((one) => one[key]))!;
      return `${of.mean.toPrecision(4)} ± ${(of.deviation ?? 0).toPrecision(2)}`;
    };
    console.log(
      `${name.padEnd(9)} hypervolume ${shown("volume")}, points on the front ${shown("points")}, widest gap ${shown("widest")} (${all.length} seeds, ${budget} runs each)`,
    );
  }
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ name: "adaptive", rows }, null, 2)}\n`);
} finally {
  rmSync(runs, { recursive: true, force: true });
}
