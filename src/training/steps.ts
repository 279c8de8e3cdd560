import { stageLengths } from "../methods/sequential.ts";
import type { Specification } from "../runs/specification.ts";

/** A run's steps: as given, or by epochs of the set with more batches. @param epoch batches of each data set */
export function numberOfSteps(
  { steps, epochs, method }: Specification,
  epoch: Readonly<Record<string, number>>,
): number {
  if (steps !== undefined) return steps;
  if (epochs !== undefined) return Math.max(1, Math.ceil(epochs * Math.max(...Object.values(epoch))));
  const stages = method as unknown as Parameters<typeof stageLengths>[0];
  return stageLengths(stages, 0, epoch).reduce((a, b) => a + b, 0);
}
