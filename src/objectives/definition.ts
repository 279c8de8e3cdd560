import { optionName } from "../runs/option-values.ts";
import type { OptionTable, OptionValues } from "../runs/options.ts";
import { type MarginForm, marginObjective } from "./margin.ts";
import type { LocalObjective } from "./objective.ts";

/** An objective before its options have values: what a specification names. */
export interface ObjectiveDefinition<T extends OptionTable = OptionTable> {
  readonly name: string;
  /** The rows it reads, and so the place it takes in a run: `sft` or `dpo` (preference). */
  readonly shape: "sft" | "preference";
  /** Whether it reads the reference policy's log-probabilities; without need of them they are not computed. */
  readonly needsReference: boolean;
  readonly options: T;
  /** Its source text, where it is not built in: by its hash, a run that resumes knows whether it has changed. */
  readonly source: string | null;
  create(options: OptionValues<T>): LocalObjective;
}

/** A definition of a loss of the margin of two rewards, from its form. */
export function defineMargin<const T extends OptionTable>(
  name: string,
  options: T,
  form: (options: OptionValues<T>) => Omit<MarginForm, "kind" | "reference">,
  more: { needsReference?: boolean } = {},
): ObjectiveDefinition<T> {
  const { needsReference = true } = more;
  return {
    name,
    shape: "preference",
    needsReference,
    options,
    source: null,
    create: (values) => marginObjective(name, { kind: "margin", reference: needsReference, ...form(values) }),
  };
}

/** Whether a loss has an option of that name or alias. */
export function hasOption({ options }: ObjectiveDefinition, name: string): boolean {
  try {
    return optionName(options, name, "") in options;
  } catch {
    return false;
  }
}
