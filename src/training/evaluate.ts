import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { idealDistance, optimalityGaps } from "../evaluation/gaps.ts";
import type { LossPoint } from "../evaluation/point.ts";
import type { ObjectiveDefinition } from "../objectives/index.ts";
import type { StepMetrics } from "../objectives/objective.ts";
import { findRunDirectory } from "../runs/directory.ts";
import type { Specification } from "../runs/specification.ts";

export interface EvaluateOptions {
  /** Files (or embedded names) to evaluate on, all of their rows. Default: the run's own evaluation rows. */
  readonly data?: Specification["data"];
  /** A PEFT adapter of the run's model, in the place of the run's own weights; objectives, rows and reference stay the run's. */
  readonly adapter?: string;
  /** The directory of run directories. Default `runs`. */
  readonly runs?: string;
  /** Bytes that may be used, as in a specification. */
  readonly memory?: number | null;
  /** Of onnxruntime; `null`: physical cores. Default: the run's. */
  readonly threads?: number | null;
  /** Objectives defined outside the library (`defineObjective`) that the run was trained with. */
  readonly objectives?: readonly ObjectiveDefinition[];
  /** Hears what is being done, a line each. */
  readonly onNote?: (note: string) => void;
  /** Ends it between two parts of the work; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What weights do on held-out rows. */
export interface Evaluation {
  /** As it was given. */
  readonly target: string;
  readonly model: string;
  /** The run's id; null for a model or an adapter. */
  readonly run: string | null;
  /** Which weights: the run's last (`final`), those of its newest checkpoint, a model as it is, or an adapter on it. */
  readonly weights: "final" | "checkpoint" | "model" | "adapter";
  /** Steps trained; null where no run is known. */
  readonly step: number | null;
  /** Rows evaluated of each set. */
  readonly rows: { readonly dpo: number; readonly sft: number };
  /** Losses on them: SFT over all response tokens, preferences over all pairs. Without an entry: no rows of that kind. */
  readonly losses: { readonly dpo?: number; readonly sft?: number };
  /** Means over the pairs. `accuracy`: the share in which the chosen response has the larger reward. */
  readonly rewards: NonNullable<StepMetrics["rewards"]> | null;
  /** Mean log-probabilities of the responses of a pair, and the chosen one's change from the reference. */
  readonly logProbs: NonNullable<StepMetrics["logProbs"]> | null;
  /** f* of the run, where it is known and the rows are the run's. */
  readonly ideal: LossPoint | null;
  /** f − f* (eq. 6 at λ = 1 and λ = 0); negative where the run went below it. */
  readonly gaps: LossPoint | null;
  readonly idealDistance: number | null;
  readonly seconds: number;
}

/**
 * Evaluates weights on both held-out sets, in this process.
 *
 * @param target a run's directory or its id below `options.runs` (its final weights, or those of its newest checkpoint),
 *   the directory of a PEFT adapter, or a model as a specification names it; the last two need `options.data`, and their
 *   reference policy is the model without an adapter
 * @throws TrainingError, SpecificationError, CheckpointError or DataError: nothing of that name, no weights yet, data that
 *   has changed since the run, no rows to evaluate on, or a loss that is not finite on them
 */
export async function evaluate(target: string, options: EvaluateOptions = {}): Promise<Evaluation> {
  const began = performance.now();
  // With the engine, which is loaded only when it is needed.
  const runs = resolve(options.runs ?? "runs");
  const isRun = [resolve(target), resolve(runs, target)].some((place) => existsSync(join(place, "run.json")));
  const opened = isRun
    ? await (await import("./evaluated-run.ts")).openRun(target, findRunDirectory(target, runs), options)
    : await (await import("./evaluated-model.ts")).openModel(target, runs, options);
  const { task, rows, ideal } = opened;
  try {
    const losses: { dpo?: number; sft?: number } = {};
    let metrics: StepMetrics = {};
    for (const objective of ["dpo", "sft"] as const) {
      if (!task.objectives.includes(objective)) continue;
      options.signal?.throwIfAborted();
      options.onNote?.(`evaluating ${rows[objective]} rows of data.${objective}`);
      const result = await task.evaluation(objective);
      if (!result) continue;
      losses[objective] = result.loss;
      if (objective === "dpo" && result.metrics) metrics = result.metrics;
    }
    const { dpo, sft } = losses;
    const point = ideal && dpo !== undefined && sft !== undefined ? { dpo, sft } : null;
    return {
      target,
      model: opened.model,
      run: opened.run,
      weights: opened.weights,
      step: opened.step,
      rows,
      losses,
      rewards: metrics.rewards ?? null,
      logProbs: metrics.logProbs ?? null,
      ideal,
      gaps: point && optimalityGaps(point, ideal!),
      idealDistance: point && idealDistance(point, ideal!),
      seconds: (performance.now() - began) / 1000,
    };
  } finally {
    await task.dispose();
  }
}
