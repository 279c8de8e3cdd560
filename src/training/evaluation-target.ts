import { join } from "node:path";
import type { Specification } from "../runs/specification.ts";
import { TrainingError } from "./error.ts";
import type { EvaluateOptions, Evaluation } from "./evaluate.ts";
import type { Task } from "./task.ts";
import type { Preparation, Workshop } from "./workshop.ts";

/** A task at the weights to be evaluated. */
export interface Target extends Pick<Evaluation, "model" | "run" | "weights" | "step" | "rows" | "ideal"> {
  readonly task: Task;
}

/** Every row of a file that is given is evaluated. */
export const whole = { every: 1, fraction: 1, heldOut: false };

/** @throws TrainingError where there are none */
export async function checkRows(
  target: string,
  { evaluationRows: rows }: Workshop,
  task: Task,
  { evaluation }: Specification,
  options: EvaluateOptions,
): Promise<Evaluation["rows"]> {
  if (rows.dpo + rows.sft > 0) return rows;
  await task.dispose();
  throw new TrainingError(
    options.data
      ? `${target}: data has no rows to evaluate on`
      : `${target}: it has no evaluation rows (evaluation.fraction is ${evaluation.fraction}); give data to evaluate on`,
  );
}

export function preparationOf(runs: string, { onNote, signal }: EvaluateOptions): Preparation {
  return {
    cache: join(runs, ".cache"),
    note: (text) => onNote?.(text),
    checkpoint: () => signal?.throwIfAborted(),
  };
}
