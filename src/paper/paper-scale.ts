import { PaperError } from "./error.ts";
import type { Experiment } from "./grid.ts";

/** A model of the paper, and how the paper trains it: its table of settings, and what its code (XRIGHT) adds. */
export interface PaperModel {
  readonly hub: string;
  /** What of its `config.json` shapes and memory depend on. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly lora: { readonly rank: number; readonly alpha: number; readonly targets: readonly string[] };
  /** Whether the paper recomputes activations (gradient checkpointing); here the memory that is free decides. */
  readonly checkpointing: boolean;
  /** Rows of each set that are used, the batches, and how often the sets are gone through. */
  readonly rows: { readonly sft: number; readonly dpo: number };
  readonly batch: { readonly sft: number; readonly dpo: number };
  readonly epochs: number;
}

export const pythia: PaperModel = {
  hub: "hub:EleutherAI/pythia-1b",
  config: {
    model_type: "gpt_neox",
    hidden_size: 2048,
    num_hidden_layers: 16,
    num_attention_heads: 8,
    intermediate_size: 8192,
    vocab_size: 50_304,
    max_position_embeddings: 2048,
    rotary_pct: 0.25,
  },
  lora: { rank: 32, alpha: 32, targets: ["query_key_value"] },
  checkpointing: false,
  rows: { sft: 24_000, dpo: 8000 },
  batch: { sft: 24, dpo: 8 },
  epochs: 6,
};

export const llama3: PaperModel = {
  hub: "hub:meta-llama/Meta-Llama-3-8B",
  config: {
    model_type: "llama",
    hidden_size: 4096,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    intermediate_size: 14_336,
    vocab_size: 128_256,
    max_position_embeddings: 8192,
    rope_theta: 500_000,
    rms_norm_eps: 1e-5,
  },
  lora: { rank: 16, alpha: 16, targets: ["q_proj", "v_proj"] },
  checkpointing: true,
  rows: { sft: 24_000, dpo: 6000 },
  batch: { sft: 16, dpo: 4 },
  epochs: 4,
};

export const paperData = { sft: "hub:vicgalle/alpaca-gpt4", dpo: "hub:Dahoas/rm-hh-rlhf" } as const;

/** θ_ref where the preferences come first: 6 epochs on 24,000 chosen responses, more than the runs have preferences. */
export const chosenReference = { rows: 24_000, batch: 12, epochs: 6 } as const;

/** f* and points [f_SFT, f_DPO] of the reference front, as XRIGHT has them. */
interface PaperExperiment {
  readonly model: PaperModel;
  readonly ideal: { readonly dpo: number; readonly sft: number };
  readonly front: readonly (readonly [number, number])[];
}

const experiments: Readonly<Record<string, PaperExperiment>> = {
  "dpo-first": {
    model: pythia,
    ideal: { sft: 1.498, dpo: 0.0647 },
    front: [
      [1.8898, 0.0659],
      [1.631, 0.1753],
      [1.5889, 0.3331],
      [1.5474, 0.5559],
      [1.4998, 1.0433],
    ],
  },
  "sft-first": {
    model: pythia,
    ideal: { sft: 1.498, dpo: 0.0522 },
    front: [
      [1.9052, 0.054],
      [1.6325, 0.1403],
      [1.5878, 0.2612],
      [1.5462, 0.43],
      [1.5171, 0.6591],
    ],
  },
  llama: {
    model: llama3,
    ideal: { sft: 1.02426, dpo: 0.04935 },
    front: [
      [1.1484, 0.2382],
      [1.1173, 0.3534],
      [1.0917, 0.5009],
    ],
  },
};

export function paperExperiment(name: string): PaperExperiment {
  const found = experiments[name === "max-evaluation-step" ? "dpo-first" : name];
  if (!found)
    throw new PaperError(
      `experiment "${name}" has no settings of the paper's own (there are ${Object.keys(experiments).join(", ")}, max-evaluation-step)`,
    );
  return found;
}

/** Optimiser steps of a stage or run: an epoch is the batch count of the set with more batches. */
export function stepsOf({ rows, batch, epochs }: Pick<PaperModel, "rows" | "batch" | "epochs">): number {
  return epochs * Math.max(Math.ceil(rows.sft / batch.sft), Math.ceil(rows.dpo / batch.dpo));
}

/**
 * The paper's settings of an experiment: its λ / T pairs, order and k are those of the grid, all else is the paper's.
 *
 * @param data files of the rows that are used (`prepareRows` writes them)
 */
export function atPaperScale(
  name: string,
  grid: Experiment,
  data: { readonly sft: string; readonly dpo: string },
): Experiment {
  const { model, ideal, front } = paperExperiment(name);
  const steps = stepsOf(model);
  return {
    ...grid,
    base: {
      model: model.hub,
      data,
      steps,
      lora: { ...model.lora, targets: [...model.lora.targets], dropout: 0 },
      // After the preferences' θ_ref, a run of its own, has been trained, its directory stands here.
      reference: grid.order[0] === "sft" ? { sft: "sft", steps } : "start",
      ideal,
      objectives: { dpo: { loss: "sigmoid", beta: 0.1 }, sft: { reduction: "tokens" } },
      optimizer: {
        name: "adam",
        learningRate: 5e-5,
        betas: [0.9, 0.95],
        weightDecay: 0,
        clip: 1,
        schedule: "constant",
        warmup: 0,
      },
      batchSize: model.batch,
      template: "User: {prompt}\nAssistant: ",
      maxLength: 2048,
      tooLong: "cut",
      evaluation: { every: 100, fraction: 0.03, heldOut: false },
      checkpoint: { every: 100 },
      seed: 42,
    },
    stop: { gap: 1e-4, front: front.map(([sft, dpo]): [number, number] => [sft, dpo]), gaps: "either" },
  };
}
