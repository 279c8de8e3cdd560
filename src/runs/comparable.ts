import { hypervolumeContributions } from "../evaluation/hypervolume.ts";
import type { LossPoint } from "../evaluation/point.ts";
import type { RunFigures } from "./figures-of.ts";
import type { RunRecord } from "./formats.ts";

/** What decides a run's losses beside its training: runs that agree in it can be compared by their losses. */
function lossesKey({ specification, dataHashes, objectiveHashes }: RunRecord): string {
  const { model, data, objectives, reference, evaluation, template, maxLength, tooLong } = specification;
  const { fraction, heldOut } = evaluation;
  const rows = [dataHashes ?? data, fraction, heldOut, template, maxLength, tooLong];
  return JSON.stringify([model, rows, objectives, objectiveHashes, reference]);
}

/** What decides what a step costs: runs that agree in it can be compared by time and memory. */
export function costKey(record: RunRecord): string {
  const { lora, batchSize, device, memory } = record.specification;
  const { threads, plan } = record.versions;
  return JSON.stringify([lossesKey(record), lora, batchSize, device, memory, threads, plan]);
}

export function pointOf({ losses: { dpo, sft } }: Pick<RunFigures, "losses">): LossPoint | null {
  return dpo !== undefined && sft !== undefined ? { dpo, sft } : null;
}

/**
 * What each run alone adds to the hypervolume of the runs that it can be compared with, in the runs' order; null for runs
 * without both losses, or without a reference point.
 * @param reference Default: where the runs of each group started, the worse of each loss, so that a run which made one
 *   loss worse than it was adds nothing
 */
export function contributions(
  runs: readonly { readonly record: RunRecord; readonly figures: RunFigures }[],
  reference?: LossPoint,
): (number | null)[] {
  const found = new Array<number | null>(runs.length).fill(null);
  const groups = new Map<string, number[]>();
  for (const [i, { record }] of runs.entries()) {
    const key = lossesKey(record);
    const group = groups.get(key);
    if (group) group.push(i);
    else groups.set(key, [i]);
  }
  for (const group of groups.values()) {
    const starts = group.flatMap((i) => runs[i]!.figures.start ?? []);
    const worst = starts.length > 0 ? worstOf(starts) : undefined;
    const r = reference ?? worst;
    if (!r) continue;
    const placed = group.flatMap((i) => {
      const point = pointOf(runs[i]!.figures);
      return point ? [{ i, point }] : [];
    });
    const added = hypervolumeContributions(
      placed.map(({ point }) => point),
      r,
    );
    for (const [p, { i }] of placed.entries()) found[i] = added[p]!;
  }
  return found;
}

function worstOf(points: readonly LossPoint[]): LossPoint {
  return {
    dpo: Math.max(...points.map(({ dpo }) => dpo)),
    sft: Math.max(...points.map(({ sft }) => sft)),
  };
}
