import { stageLengths } from "../methods/sequential.ts";
import type { Specification } from "../runs/specification.ts";
import type { Task } from "./task.ts";

/** The run's steps: as given, or by epochs of the set with more batches. */
export function numberOfSteps({ steps, epochs, method }: Specification, task: Pick<Task, "epoch">): number {
  if (steps !== undefined) return steps;
  if (epochs !== undefined) return Math.max(1, Math.ceil(epochs * Math.max(...Object.values(task.epoch))));
  const stages = method as unknown as Parameters<typeof stageLengths>[0];
  return stageLengths(stages, 0, task.epoch).reduce((a, b) => a + b, 0);
}
