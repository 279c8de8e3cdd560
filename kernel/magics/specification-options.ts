import { builtInLosses } from "../../src/objectives/index.ts";
import type { MagicOptions } from "./magic.ts";

/** `chosen:200`: a reference trained by SFT on the chosen responses for 200 steps. */
function reference(text: string): unknown {
  const match = /^(chosen|sft):(\d+)$/.exec(text);
  return match ? { sft: match[1], steps: Number(match[2]) } : undefined;
}

/** `0.1,2.3`: f* of DPO, then of SFT. */
function ideal(text: string): unknown {
  const [dpo, sft, ...more] = text.split(",").map(Number);
  const given = dpo !== undefined && sft !== undefined && more.length === 0 && !Number.isNaN(dpo + sft);
  return given ? { dpo, sft } : undefined;
}

/** `0.9,0.95` as Adam's betas. */
function pair(text: string): unknown {
  const numbers = text.split(",").map(Number);
  return numbers.length === 2 && numbers.every((one) => one >= 0 && one < 1) ? numbers : undefined;
}

/** The run's specification as options of a magic; the defaults are the specification's own. */
export const specificationOptions = {
  steps: { type: "integer", minimum: 1, path: "steps", help: "optimiser steps (default 200)" },
  epochs: {
    type: "number",
    minimum: 0,
    path: "epochs",
    help: "epochs of the larger data set, instead of steps",
  },
  learningRate: {
    type: "number",
    minimum: 0,
    path: "optimizer.learningRate",
    aliases: ["lr", "optimizer.learningRate"],
    help: "learning rate (default 5e-5)",
  },
  "batchSize.sft": {
    type: "integer",
    minimum: 1,
    path: "batchSize.sft",
    help: "SFT rows a batch (default 24)",
  },
  "batchSize.dpo": {
    type: "integer",
    minimum: 1,
    path: "batchSize.dpo",
    help: "preference pairs a batch (default 8)",
  },
  "evaluation.every": {
    type: "integer",
    minimum: 1,
    path: "evaluation.every",
    help: "steps between evaluations, which are the points in objective space (default 100)",
  },
  "evaluation.fraction": {
    type: "number",
    minimum: 0,
    maximum: 1,
    path: "evaluation.fraction",
    help: "share of each data set's rows that are evaluated (default 0.03)",
  },
  "evaluation.heldOut": {
    type: "boolean",
    path: "evaluation.heldOut",
    help: "whether the evaluated rows are kept out of training (default true)",
  },
  seed: { type: "integer", minimum: 0, path: "seed", help: "seed of everything random (default 42)" },
  reference: {
    type: "string",
    path: "reference",
    literal: reference,
    typescript: 'string | { sft: "chosen" | "sft"; steps: number }',
    help: "DPO's reference: start, a directory, an adapter, a run's id, or chosen:STEPS (SFT on the chosen responses)",
  },
  ideal: {
    type: "string",
    values: ["runs"],
    nullable: true,
    path: "ideal",
    literal: ideal,
    typescript: '"runs" | { dpo: number; sft: number } | null',
    help: "approximate minima f*: runs (two single-objective runs, cached), DPO,SFT as two numbers, or none",
  },
  loss: {
    type: "string",
    values: builtInLosses.dpo.map(({ name }) => name),
    path: "objectives.dpo.loss",
    help: "loss of the preferences (default sigmoid, which is DPO; simpo, orpo and cpo have no reference)",
  },
  beta: {
    type: "number",
    above: 0,
    path: "objectives.dpo.beta",
    aliases: ["β"],
    help: "DPO's β, and that of every loss but ORPO (default 0.1, SimPO 2)",
  },
  labelSmoothing: {
    type: "number",
    minimum: 0,
    below: 0.5,
    path: "objectives.dpo.labelSmoothing",
    help: "label smoothing of sigmoid, rpo, simpo and cpo (default 0)",
  },
  gamma: {
    type: "number",
    minimum: 0,
    path: "objectives.dpo.gamma",
    aliases: ["γ"],
    help: "SimPO's target margin γ (default 0.5)",
  },
  nllWeight: {
    type: "number",
    minimum: 0,
    path: "objectives.dpo.nllWeight",
    help: "weight of the chosen response's negative log-probability in rpo and cpo (default 1)",
  },
  oddsWeight: {
    type: "number",
    minimum: 0,
    path: "objectives.dpo.oddsWeight",
    help: "ORPO's λ, the weight of its odds-ratio term (default 0.1)",
  },
  perToken: {
    type: "boolean",
    path: "objectives.dpo.perToken",
    help: "mean over a response's tokens instead of their sum: of ipo's log-probabilities, of cpo's nllWeight term (default false)",
  },
  reduction: {
    type: "string",
    values: ["tokens", "sequences"],
    path: "objectives.sft.reduction",
    help: "whether SFT's mean is over tokens or sequences (default tokens)",
  },
  optimizer: {
    type: "string",
    values: ["adam", "sgd"],
    path: "optimizer.name",
    help: "optimiser (default adam)",
  },
  betas: {
    type: "string",
    path: "optimizer.betas",
    literal: pair,
    typescript: "[number, number]",
    help: "Adam's β₁,β₂ (default 0.9,0.95)",
  },
  epsilon: { type: "number", minimum: 0, path: "optimizer.epsilon", help: "Adam's ε (default 1e-8)" },
  weightDecay: {
    type: "number",
    minimum: 0,
    path: "optimizer.weightDecay",
    help: "weight decay (default 0)",
  },
  clip: {
    type: "number",
    minimum: 0,
    nullable: true,
    path: "optimizer.clip",
    help: "largest gradient norm, or none (default 1)",
  },
  schedule: {
    type: "string",
    values: ["constant", "linear", "cosine"],
    path: "optimizer.schedule",
    help: "how the learning rate goes on (default constant)",
  },
  warmup: { type: "integer", minimum: 0, path: "optimizer.warmup", help: "warm-up steps (default 0)" },
  "checkpoint.every": {
    type: "integer",
    minimum: 1,
    path: "checkpoint.every",
    help: "steps between checkpoints (default 100)",
  },
  maxLength: { type: "integer", minimum: 1, path: "maxLength", help: "longest row in tokens (default 2048)" },
  tooLong: {
    type: "string",
    values: ["stop", "cut", "skip"],
    path: "tooLong",
    help: "what happens to a longer row (default stop)",
  },
  onBadRow: {
    type: "string",
    values: ["stop", "skip"],
    path: "onBadRow",
    help: "what happens to a broken row (default stop)",
  },
  template: { type: "string", path: "template", help: "text around a prompt, with {prompt} in it" },
  "stop.gap": {
    type: "number",
    minimum: 0,
    path: "stop.gap",
    help: "a joint run ends at an evaluation where a loss is within this of its f*, or both are within it of a point of stop.front (D.2; default without stop.*: never)",
  },
  "stop.front": {
    type: "string",
    typescript: "readonly (readonly [number, number])[]",
    path: "stop.front",
    help: "points [SFT loss, DPO loss] that are good enough, as stop.front={stoppingFront(ends)}",
  },
  "stop.gaps": {
    type: "string",
    values: ["either", "both"],
    path: "stop.gaps",
    help: "whether one loss near its f* is enough, as in the paper's code, or both have to be (default either)",
  },
  device: {
    type: "string",
    values: ["cpu", "cuda", "webgpu", "auto"],
    path: "device",
    help: "where it computes (default cpu)",
  },
  memory: {
    type: "number",
    minimum: 0,
    nullable: true,
    path: "memory",
    help: "memory limit in bytes, or none",
  },
  threads: {
    type: "integer",
    minimum: 1,
    nullable: true,
    path: "threads",
    help: "threads, or none for all cores",
  },
  name: { type: "string", nullable: true, path: "name", help: "the run's name in plots" },
} as const satisfies MagicOptions;

/** Puts a value at a dotted path of a specification. */
export function setPath(target: Record<string, unknown>, path: string, value: unknown): void {
  const keys = path.split(".");
  let at = target;
  for (const key of keys.slice(0, -1)) at = (at[key] ??= {}) as Record<string, unknown>;
  at[keys.at(-1)!] = value;
}
