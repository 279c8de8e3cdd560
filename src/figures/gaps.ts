import type { Bars, RunSnapshot } from "../runs/snapshot.ts";
import { labelOf } from "./label.ts";

export interface Loss {
  readonly dpo: number;
  readonly sft: number;
}

/** The evaluated points of a run at which both losses are finite, the start first. */
export interface Path {
  readonly steps: number[];
  readonly dpo: number[];
  readonly sft: number[];
  /** The index in the run's series; −1 for the start, where the series does not have it. */
  readonly index: number[];
}

/** @returns the run's path in objective space, `start` included where it is known */
export function evaluatedPath(run: RunSnapshot): Path {
  const path: Path = { steps: [], dpo: [], sft: [], index: [] };
  const add = (
    step: number,
    dpo: number | null | undefined,
    sft: number | null | undefined,
    index: number,
  ) => {
    if (!Number.isFinite(dpo) || !Number.isFinite(sft)) return;
    path.steps.push(step);
    path.dpo.push(dpo as number);
    path.sft.push(sft as number);
    path.index.push(index);
  };
  const { series } = run;
  if (run.start && series.step[0] !== 0) add(0, run.start.dpo, run.start.sft, -1);
  for (let i = 0; i < series.step.length; i++) add(series.step[i]!, series.dpo[i], series.sft[i], i);
  return path;
}

/** Both losses where a run stands now: its last evaluated point. */
export function currentLoss(run: RunSnapshot): Loss | null {
  const { dpo, sft } = evaluatedPath(run);
  return dpo.length ? { dpo: dpo.at(-1)!, sft: sft.at(-1)! } : null;
}

/** Optimality gaps `f − f*` of both objectives (eq. 6 at λ = 1 and λ = 0); negative ones are not clipped. */
export function optimalityGaps(loss: Loss, ideal: Loss): Loss {
  return { dpo: loss.dpo - ideal.dpo, sft: loss.sft - ideal.sft };
}

/** Euclidean distance from the ideal point (f*_DPO, f*_SFT). */
export function idealDistance(loss: Loss, ideal: Loss): number {
  return Math.hypot(loss.dpo - ideal.dpo, loss.sft - ideal.sft);
}

/** Figure 1's bars, from runs whose ideal point is known; `null` where there is none. */
export function gapBars(runs: readonly RunSnapshot[]): Bars | null {
  const series = runs.flatMap((run) => {
    const loss = currentLoss(run);
    if (!loss || !run.ideal || run.series.step.length === 0) return [];
    const gaps = optimalityGaps(loss, run.ideal);
    const values = [gaps.dpo, gaps.sft, idealDistance(loss, run.ideal)];
    return [{ name: labelOf(run.method, run.lambda), method: run.method, lambda: run.lambda, values }];
  });
  if (series.length === 0) return null;
  return {
    title: "Optimality gaps and ideal distance",
    groups: ["DPO optimality gap", "SFT optimality gap", "Ideal distance"],
    series,
  };
}
