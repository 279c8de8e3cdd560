import type { LossPoint } from "../evaluation/point.ts";
import type { RunSnapshot } from "../runs/snapshot.ts";
import { currentLoss } from "./gaps.ts";
import { methodStyle } from "./palette.ts";
import type { Theme } from "./theme.ts";
import type { ScatterTrace } from "./trace.ts";

/** A mean's bars: one standard deviation to each side, in both losses. */
interface Bars {
  readonly run: RunSnapshot;
  readonly mean: LossPoint;
  readonly sft: readonly [number, number];
  readonly dpo: readonly [number, number];
}

function barsOf(run: RunSnapshot): Bars[] {
  const mean = currentLoss(run);
  if (!mean || !run.spread) return [];
  const { dpo, sft } = run.spread;
  return [{ run, mean, sft: [mean.sft - sft, mean.sft + sft], dpo: [mean.dpo - dpo, mean.dpo + dpo] }];
}

/** The bars of every point that is a mean: one line each, there and back through the point, which plotly and the pictures draw alike. */
export function spreadTraces(runs: readonly RunSnapshot[], theme: Theme): ScatterTrace[] {
  return runs.flatMap(barsOf).map(({ run, mean, sft, dpo }) => {
    const { sft: x, dpo: y } = mean;
    return {
      type: "scatter",
      mode: "lines",
      name: "spread",
      legendgroup: run.runId,
      showlegend: false,
      hoverinfo: "skip",
      x: [sft[0], sft[1], x, x, x],
      y: [y, y, y, dpo[0], dpo[1]],
      line: { color: methodStyle(run.method, run.lambda, theme).color, width: 1.5 },
    };
  });
}

/** A range that has room for the bars, too. */
export function withSpread(
  range: readonly [number, number],
  runs: readonly RunSnapshot[],
  of: "dpo" | "sft",
): [number, number] {
  const ends = runs.flatMap(barsOf).flatMap((bars) => bars[of]);
  const [low, high] = [Math.min(range[0], ...ends), Math.max(range[1], ...ends)];
  // A bar that ends on the axis would look cut off.
  const room = 0.04 * (high - low);
  return [low < range[0] ? low - room : low, high > range[1] ? high + room : high];
}
