import type { LocalObjective } from "./objective.ts";
import { objectiveOf } from "./registry.ts";

export interface DpoOptions {
  readonly loss?: "sigmoid" | "ipo" | "hinge" | "rpo" | "simpo" | "orpo" | "cpo";
  readonly beta?: number;
  readonly labelSmoothing?: number;
  readonly gamma?: number;
  readonly nllWeight?: number;
  readonly oddsWeight?: number;
  readonly perToken?: boolean;
}

/**
 * Direct preference optimisation and its family (margin-losses.ts, orpo.ts).
 * @throws SpecificationError for an option that the loss does not have, or out of its range
 */
export function dpo(options: DpoOptions = {}): LocalObjective {
  return objectiveOf("dpo", { ...options });
}
