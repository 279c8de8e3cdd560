import { builtInMethods } from "../methods/registry.ts";
import type { Specification } from "../runs/specification.ts";
import { cached, isAtWork } from "./cached.ts";
import { Control } from "./control.ts";
import { DecisionExecutor } from "./decisions.ts";
import { TrainingError } from "./error.ts";
import { localSource } from "./source.ts";
import type { Task } from "./task.ts";
import { TrainingLoop } from "./training-loop.ts";
import type { Preparation, Workshop } from "./workshop.ts";

/**
 * f* of both objectives, as the paper approximates it (D.2): each objective is optimised alone for as many steps as the
 * run has, from the base, and its last evaluated loss is taken. Cached by content, and so reused for every method and λ.
 */
export async function idealFromRuns(
  workshop: Workshop,
  specification: Specification,
  steps: number,
  preparation: Preparation,
): Promise<{ dpo: number; sft: number }> {
  const { lora, reference, objectives, optimizer, batchSize, evaluation, seed } = specification;
  const shared = { lora, optimizer, batchSize, seed, steps, fingerprint: workshop.fingerprint };
  const rows = { fraction: evaluation.fraction, heldOut: evaluation.heldOut };
  const keyOf = (objective: "dpo" | "sft") => {
    const { needsReference, sourceHash } = workshop.objectives[objective];
    const of = {
      ...objectives[objective],
      ...(needsReference ? { reference } : {}),
      ...(sourceHash ? { sourceHash } : {}),
    };
    return { ...shared, rows, of };
  };
  const minimum = (objective: "dpo" | "sft") =>
    cached(preparation, `ideal-${objective}`, keyOf(objective), async () => {
      const task = await workshop.createTask();
      try {
        const what = `f* of ${objective.toUpperCase()}`;
        const loss = await trainAlone(task, objective, specification, steps, preparation, what);
        if (Number.isFinite(loss)) return loss;
        throw new TrainingError(
          `${what} is a loss on evaluation rows, of which there are none: raise evaluation.fraction, or give ideal as { "dpo": …, "sft": … } or null`,
        );
      } finally {
        await task.dispose();
      }
    });
  // Of several runs that begin at once, each takes what no other one is at.
  if (!isAtWork(preparation, "ideal-dpo", keyOf("dpo"))) {
    const dpo = await minimum("dpo");
    return { dpo, sft: await minimum("sft") };
  }
  const sft = await minimum("sft");
  return { dpo: await minimum("dpo"), sft };
}

/** Trains a task on one objective, with the specification's optimiser; answers its last evaluated loss (NaN without evaluation rows). */
export async function trainAlone(
  task: Task,
  objective: "dpo" | "sft",
  specification: Specification,
  steps: number,
  preparation: Preparation,
  what: string,
): Promise<number> {
  const method = builtInMethods.get(objective)!;
  const alone: Specification = {
    ...specification,
    method: { name: objective },
    stop: null,
    evaluation: { ...specification.evaluation, every: steps },
    checkpoint: { every: steps },
  };
  const executor = new DecisionExecutor(task, alone, steps);
  const context = { steps, epoch: task.epoch, ideal: null };
  let loss = Number.NaN;
  let told = -Infinity;
  const loop = new TrainingLoop({
    task,
    executor,
    source: localSource(method, specification.seed, context),
    specification: alone,
    steps,
    options: method.options,
    control: new Control(),
    checkpoint: async () => {},
    emit: (event) => {
      if (event.type === "evaluated") loss = event.losses[objective]!;
      const now = performance.now();
      if (event.type !== "step" || now - told < 500) return;
      told = now;
      preparation.note(`${what}: step ${event.step} of ${steps}`);
    },
    breathe: () => preparation.checkpoint(),
  });
  await loop.run();
  return loss;
}
