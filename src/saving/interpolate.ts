import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Adapter, loadAdapter, saveAdapter } from "../checkpoints/adapter.ts";
import type { LoraOptions } from "../engine/learner.ts";
import { findPolicy } from "../generation/index.ts";
import { findRunDirectory } from "../runs/directory.ts";
import type { Parameter } from "../tensor/parameter.ts";
import { type EvaluateOptions, evaluate } from "../training/evaluate.ts";
import type { Run } from "../training/run.ts";
import { SaveError } from "./error.ts";
import { checkPlace, placeDirectory } from "./place.ts";

/** A run, its directory or id, or the directory of a PEFT adapter. */
export type AdapterSource = string | Pick<Run, "directory">;

/** An adapter with its share of the interpolation. */
export interface Weighted {
  readonly adapter: Adapter;
  readonly weight: number;
}

/**
 * Writes the interpolation of two adapters of one model as a PEFT adapter: rewarded soups (Ramé et al. 2023), the update
 * ΔW = (1 − weight) ΔW_a + weight ΔW_b. It is exact: the mean of the factors A and of the factors B would be another update, since
 * ΔW = B A is not linear in them; so the factors are put side by side, and the ranks add up.
 *
 * @param weight of `b`, usually in [0, 1]; numbers beyond extrapolate
 * @param directory a new one; it appears whole or not at all
 * @throws SaveError where the adapters are not of one model's layers, or a run trained all weights; CheckpointError where
 *   one can't be read
 */
export async function interpolate(
  a: AdapterSource,
  b: AdapterSource,
  weight: number,
  directory: string,
  { runs = "runs" }: { readonly runs?: string } = {},
): Promise<{ readonly directory: string; readonly rank: number }> {
  if (!Number.isFinite(weight))
    throw new SaveError(`weight is ${weight}; expected a number, usually in [0, 1]`);
  checkPlace(directory);
  const [first, second] = [await adaptersOf(a, runs), await adaptersOf(b, runs)];
  const shares = [
    ...first.map((adapter) => ({ adapter, weight: 1 - weight })),
    ...second.map((adapter) => ({ adapter, weight })),
  ];
  const { lora, parameters } = weightedSum(shares);
  await placeDirectory(directory, async (beside) => {
    await saveAdapter(beside, parameters, { lora, base: first[0]!.base ?? second[0]!.base ?? "" });
    const moved = await movedReference(a, runs);
    if (moved) await copyFile(moved, join(beside, "reference.json"));
  });
  return { directory: resolve(directory), rank: lora.rank };
}

/** Where an interpolation is in objective space. */
export interface Interpolated {
  /** Of the second run's update. */
  readonly weight: number;
  /** On the first run's evaluation rows, with its objectives and reference. */
  readonly losses: { readonly dpo?: number; readonly sft?: number };
}

/**
 * The front of rewarded soups: interpolations of two runs' adapters, usually one trained on each objective, evaluated on
 * both objectives of the first run.
 * @throws SaveError, or what `evaluate` throws
 */
export async function interpolations(
  a: Exclude<AdapterSource, string> | string,
  b: AdapterSource,
  weights: readonly number[] = [0, 0.25, 0.5, 0.75, 1],
  options: Omit<EvaluateOptions, "adapter"> = {},
): Promise<Interpolated[]> {
  const { runs = "runs" } = options;
  const target = findRunDirectory(typeof a === "string" ? a : a.directory, runs).path;
  const place = mkdtempSync(join(tmpdir(), "alright-interpolated-"));
  try {
    const found: Interpolated[] = [];
    for (const [i, weight] of weights.entries()) {
      const { directory } = await interpolate(a, b, weight, join(place, String(i)), { runs });
      const { losses } = await evaluate(target, { ...options, adapter: directory });
      found.push({ weight, losses });
    }
    return found;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/**
 * Σ weight · scale · B A of several adapters as one, of the sum of their ranks. Scales and weights go into B, in double
 * precision, so that the sum's own scale is 1; a layer that one of them leaves alone has zeros for its share.
 */
export function weightedSum(shares: readonly Weighted[]): { lora: LoraOptions; parameters: Parameter[] } {
  const layers = [
    ...new Set(shares.flatMap(({ adapter }) => [...adapter.tensors.keys()].map(layerOf))),
  ].sort();
  const rank = shares.reduce((sum, { adapter }) => sum + adapter.lora.rank, 0);
  const parameters = layers.flatMap((layer) => {
    const nameA = `${layer}.lora_A.weight`;
    const nameB = `${layer}.lora_B.weight`;
    const known = shares.map(({ adapter }) => adapter).filter(({ tensors }) => tensors.has(nameA));
    const inputs = known[0]!.tensors.get(nameA)!.shape[1]!;
    const outputs = known[0]!.tensors.get(nameB)!.shape[0]!;
    for (const { tensors } of known) {
      const shape = [tensors.get(nameB)!.shape[0]!, tensors.get(nameA)!.shape[1]!];
      if (shape[0] !== outputs || shape[1] !== inputs)
        throw new SaveError(
          `${layer} is [${outputs}, ${inputs}] in one adapter and [${shape}] in another; they are not of one model`,
        );
    }
    const a = new Float32Array(rank * inputs);
    const b = new Float32Array(outputs * rank);
    let offset = 0;
    for (const { adapter, weight } of shares) {
      const { lora, tensors } = adapter;
      const ownA = tensors.get(nameA)?.data;
      const ownB = tensors.get(nameB)?.data;
      if (ownA && ownB) {
        const scale = (weight * lora.alpha) / (lora.rslora ? Math.sqrt(lora.rank) : lora.rank);
        a.set(ownA, offset * inputs);
        for (let row = 0; row < outputs; row++)
          for (let r = 0; r < lora.rank; r++) b[row * rank + offset + r] = scale * ownB[row * lora.rank + r]!;
      }
      offset += lora.rank;
    }
    return [
      { name: nameA, shape: [rank, inputs], data: a },
      { name: nameB, shape: [outputs, rank], data: b },
    ];
  });
  const targets = layers.map((layer) => layer.replace(/^base_model\.model\./, ""));
  return { lora: { rank, alpha: rank, targets, dropout: 0 }, parameters };
}

const layerOf = (name: string) => name.replace(/\.lora_[AB]\.weight$/, "");

async function adaptersOf(source: AdapterSource, runs: string): Promise<Adapter[]> {
  const place = typeof source === "string" ? source : source.directory;
  if (existsSync(join(place, "adapter_config.json"))) return [await loadAdapter(place)];
  const { adapters } = await findPolicy({ run: place, runs });
  if (adapters.length === 0)
    throw new SaveError(`${place} trained all weights, so it has no adapter; interpolation is of adapters`);
  return Promise.all(adapters.map((adapter) => loadAdapter(adapter)));
}

/** Log-probabilities of a reference that moved at a stage of the first run: what `evaluate` needs beside its adapter. */
async function movedReference(source: AdapterSource, runs: string): Promise<string | null> {
  const place = typeof source === "string" ? source : source.directory;
  if (existsSync(join(place, "adapter_config.json"))) return null;
  const file = join(findRunDirectory(place, runs).final, "reference.json");
  return existsSync(file) ? file : null;
}
