import { didYouMean, SpecificationError } from "../runs/error.ts";
import { parseOptions } from "../runs/option-values.ts";
import type { OptionTable, OptionValues } from "../runs/options.ts";
import { hasOption, type ObjectiveDefinition } from "./definition.ts";
import { cpo, hinge, ipo, rpo, sigmoid, simpo } from "./margin-losses.ts";
import type { LocalObjective, Objective } from "./objective.ts";
import { orpo } from "./orpo.ts";
import { nll } from "./sft.ts";

/** The names by which methods call a run's objectives: that of its preferences, whatever its loss, and that of its SFT rows. */
export type ObjectiveSlot = "dpo" | "sft";

/** The losses that come with the library, by slot; the first of each is its default. */
export const builtInLosses: Readonly<Record<ObjectiveSlot, readonly ObjectiveDefinition[]>> = {
  dpo: [sigmoid, ipo, hinge, rpo, simpo, orpo, cpo],
  sft: [nll],
};

/** A slot of a specification: the loss by name, the slot's default where it is left out, and the loss's own options. */
export interface SlotOptions {
  readonly loss?: string | undefined;
  readonly [option: string]: unknown;
}

/** The slot that a definition can take. */
export function slotOf({ shape }: ObjectiveDefinition): ObjectiveSlot {
  return shape === "preference" ? "dpo" : "sft";
}

/**
 * The loss of that name in a slot, the given ones first.
 * @throws SpecificationError naming the nearest known one
 */
export function findLoss(
  slot: ObjectiveSlot,
  { loss }: SlotOptions,
  own: readonly ObjectiveDefinition[] = [],
): ObjectiveDefinition {
  const builtIn = builtInLosses[slot];
  if (loss === undefined) return builtIn[0]!;
  const found = [...own.filter((one) => slotOf(one) === slot), ...builtIn].find(({ name }) => name === loss);
  if (found) return found;
  const elsewhere = own.find(({ name }) => name === loss);
  if (elsewhere)
    throw new SpecificationError(
      `objectives.${slot}.loss: ${JSON.stringify(loss)} reads rows of shape "${elsewhere.shape}"; give it as objectives.${slotOf(elsewhere)}.loss`,
    );
  const known = [...own, ...builtIn].map(({ name }) => name);
  throw new SpecificationError(
    `objectives.${slot}.loss: no loss is called ${JSON.stringify(loss)}${didYouMean(loss, known)} (known: ${known.join(", ")}; others are made with defineObjective)`,
  );
}

/**
 * The options of a slot's loss, defaults filled in.
 * @throws SpecificationError for an option that the loss does not have (naming those that do), of a wrong type or range
 */
export function lossOptions(
  slot: ObjectiveSlot,
  options: SlotOptions,
  own: readonly ObjectiveDefinition[] = [],
): OptionValues<OptionTable> {
  const { loss: _, ...given } = options;
  const found = findLoss(slot, options, own);
  for (const name of Object.keys(given)) {
    const others = hasOption(found, name) ? [] : builtInLosses[slot].filter((one) => hasOption(one, name));
    if (others.length > 0)
      throw new SpecificationError(
        `objectives.${slot}: loss ${JSON.stringify(found.name)} has no option ${JSON.stringify(name)}; ${list(others)}`,
      );
  }
  return parseOptions(found.options, given, `objectives.${slot}`);
}

/** The objective of a slot. @throws SpecificationError for a loss or an option that is not there, or out of its range */
export function objectiveOf(
  slot: ObjectiveSlot,
  options: SlotOptions,
  own: readonly ObjectiveDefinition[] = [],
): LocalObjective {
  return findLoss(slot, options, own).create(lossOptions(slot, options, own));
}

/** The objectives of a run, by the names that methods call them by. */
export type RunObjectives = Readonly<Record<ObjectiveSlot, Objective>>;

export function objectivesOf(
  slots: Readonly<Record<ObjectiveSlot, SlotOptions>>,
  own: readonly ObjectiveDefinition[] = [],
): Readonly<Record<ObjectiveSlot, LocalObjective>> {
  return { dpo: objectiveOf("dpo", slots.dpo, own), sft: objectiveOf("sft", slots.sft, own) };
}

function list(losses: readonly ObjectiveDefinition[]): string {
  const names = losses.map(({ name }) => name);
  if (names.length === 1) return `${names[0]} has it`;
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)} have it`;
}
