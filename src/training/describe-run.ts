import { loadModelTokenizer, openModel, resolveModel } from "../checkpoints/index.ts";
import { Sampler } from "../data/index.ts";
import { modelOf } from "../models/index.ts";
import type { Specification } from "../runs/specification.ts";
import { planComputation, type Way } from "./computation.ts";
import { loadLanguageData } from "./language-data.ts";
import { numberOfSteps } from "./number-of-steps.ts";

/** What a run would be, found out without training: its data is read, the weights are not. */
export interface RunDescription {
  /** With what only the model decides filled in: an adapter's targets. */
  readonly specification: Specification;
  /** Optimiser steps, with epochs resolved. */
  readonly steps: number;
  /** Rows of each data set. */
  readonly rows: Readonly<Record<string, { readonly training: number; readonly evaluation: number }>>;
  readonly plan: {
    readonly way: Way | "toy";
    readonly device: string;
    /** Sentences for a person: why it is computed so. */
    readonly notes: readonly string[];
  };
}

/** @throws DataError, CheckpointError, ModelError or TextError as the run itself would before its first step */
export async function describeRun(specification: Specification): Promise<RunDescription> {
  if (specification.model.startsWith("toy:")) {
    const steps = numberOfSteps(specification, { epoch: { dpo: 1, sft: 1 } });
    const plan = { way: "toy", device: "cpu", notes: ["two weights, in float64"] } as const;
    return { specification, steps, rows: {}, plan };
  }
  const path = await resolveModel(specification.model);
  const tokenizer = await loadModelTokenizer(path);
  const silent = { note: () => {}, checkpoint: () => {}, cache: "" };
  const data = await loadLanguageData(specification, tokenizer, silent);
  const { config } = await openModel(path);
  const { way, device, notes, reason } = await planComputation(config, specification, data, {});
  const rows: Record<string, { training: number; evaluation: number }> = {};
  const epoch: Record<string, number> = {};
  for (const name of ["sft", "dpo"] as const) {
    const split = data[name];
    if (!split) continue;
    rows[name] = { training: split.training.length, evaluation: split.evaluation.length };
    const batchSize = specification.batchSize[name];
    epoch[name] = new Sampler({ rows: split.training.length, batchSize, seed: 0, name }).batches;
  }
  const { lora } = specification;
  const targets = lora?.targets ?? [...modelOf(config).defaultTargets];
  return {
    specification: lora ? { ...specification, lora: { ...lora, targets } } : specification,
    steps: numberOfSteps(specification, { epoch }),
    rows,
    plan: { way, device, notes: notes.length > 0 || reason === null ? notes : [`memory: ${reason}`] },
  };
}
