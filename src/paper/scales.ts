import { join } from "node:path";
import { nearest } from "../nearest.ts";
import type { SpecificationInput } from "../runs/specification.ts";
import { PaperError } from "./error.ts";
import { type Experiment, experiment, type GridRun, runsOf } from "./grid.ts";
import { atPaperScale, chosenReference, paperData, paperExperiment } from "./paper-scale.ts";

export const scaleNames = ["embedded", "small-real", "paper"] as const;
export type ScaleName = (typeof scaleNames)[number];

export interface ScaleOptions {
  /** One of the grid's experiments; default `dpo-first`. */
  readonly experiment?: string;
  /** small-real: a GGUF file or a Hugging Face directory, and files of instructions and preferences. */
  readonly model?: string;
  readonly sft?: string;
  readonly dpo?: string;
  /** paper: where the rows that are used are written; default `paper-data`. */
  readonly folder?: string;
}

/** Rows that are taken from the hub and written to a file of their own. */
export interface Rows {
  readonly from: string;
  /** The first ones. */
  readonly count: number;
  readonly kind: "sft" | "dpo" | "chosen";
  readonly file: string;
}

/** An experiment of the paper at one scale. */
export interface Scale {
  readonly name: ScaleName;
  readonly experimentName: string;
  /** What all its runs have in common, its order, λ / T pairs and k. */
  readonly experiment: Experiment;
  /** What the hub has of it, where it comes from there. */
  readonly hub: { readonly model: string; readonly rows: readonly Rows[] } | null;
  /** θ_ref where it is a run of its own, which comes first: its directory is then every run's `reference`. */
  readonly referenceRun: SpecificationInput | null;
}

/** small-real: the grid's settings with a real model's learning rate, and rows as long as real ones. */
const smallReal = {
  steps: 300,
  optimizer: { learningRate: 2e-4 },
  batchSize: { sft: 4, dpo: 2 },
  maxLength: 384,
  tooLong: "cut",
  seed: 0,
} as const;

/**
 * An experiment of the paper at a scale: `embedded` (the shipped model and data, as the shipped grid was run), `small-real` (a small real model and real files that you
 * name), `paper` (the paper's models, data and settings; too much for a small machine, see `estimateScale`). Nothing is downloaded or run.
 *
 * @throws PaperError for an unknown scale or experiment, or where small-real lacks its model or files
 */
export function scale(name: ScaleName, options: ScaleOptions = {}): Scale {
  const { experiment: experimentName = "dpo-first", folder = "paper-data", ...named } = options;
  if (!scaleNames.includes(name)) {
    const near = nearest(String(name), scaleNames);
    throw new PaperError(
      `scale ${JSON.stringify(name)} is unknown${near ? `; did you mean "${near}"?` : ""} (there are ${scaleNames.join(", ")})`,
    );
  }
  const given = Object.entries(named).flatMap(([key, value]) => (value === undefined ? [] : [key]));
  if (name !== "small-real" && given.length > 0)
    throw new PaperError(
      `scale "${name}" has its own model and data; leave out ${given.join(" and ")} (small-real takes them)`,
    );
  const grid = experiment(experimentName);
  if (name === "embedded") return { name, experimentName, experiment: grid, hub: null, referenceRun: null };
  if (name === "small-real")
    return { name, experimentName, experiment: atSmallScale(grid, named), hub: null, referenceRun: null };
  return paperScale(experimentName, grid, folder);
}

/** Every run of a scale for one seed; the specification's own seed where none is given. */
export function scaleRuns({ experiment }: Scale, seed = experiment.base.seed ?? 42): GridRun[] {
  return runsOf(experiment, seed);
}

function atSmallScale(grid: Experiment, { model, sft, dpo }: ScaleOptions): Experiment {
  const missing = Object.entries({ model, sft, dpo }).flatMap(([key, value]) => (value ? [] : [key]));
  if (missing.length > 0)
    throw new PaperError(
      `scale "small-real" needs ${missing.join(", ")}: a GGUF file or Hugging Face directory as model, and your files of instructions (sft) and preferences (dpo)`,
    );
  const { threads: _, lora, ...base } = grid.base;
  // Targets are the architecture's own, whichever it is.
  const own = lora ? { rank: lora.rank ?? 32, alpha: lora.alpha ?? 32 } : {};
  return {
    ...grid,
    base: { ...base, ...smallReal, model: model!, data: { sft: sft!, dpo: dpo! }, lora: own },
  };
}

function paperScale(experimentName: string, grid: Experiment, folder: string): Scale {
  const { model } = paperExperiment(experimentName);
  const rows = (kind: Rows["kind"], count: number): Rows => {
    const from = kind === "sft" ? paperData.sft : paperData.dpo;
    return { from, count, kind, file: join(folder, `${from.split("/").at(-1)}-${kind}-${count}.jsonl`) };
  };
  const [sft, dpo] = [rows("sft", model.rows.sft), rows("dpo", model.rows.dpo)];
  const settings = atPaperScale(experimentName, grid, { sft: sft.file, dpo: dpo.file });
  const common = { name: "paper", experimentName, experiment: settings } as const;
  if (grid.order[0] === "sft")
    return { ...common, hub: { model: model.hub, rows: [sft, dpo] }, referenceRun: null };
  const chosen = rows("chosen", chosenReference.rows);
  const { reference: _, ideal: __, ...base } = settings.base;
  return {
    ...common,
    hub: { model: model.hub, rows: [sft, dpo, chosen] },
    referenceRun: {
      ...base,
      data: { sft: chosen.file },
      method: { name: "sft" },
      ideal: null,
      batchSize: { sft: chosenReference.batch },
      steps: chosenReference.epochs * Math.ceil(chosenReference.rows / chosenReference.batch),
    },
  };
}
