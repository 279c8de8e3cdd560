import {
  builtInLosses,
  findLoss,
  hasOption,
  type ObjectiveDefinition,
  slotOf,
} from "../../src/objectives/index.ts";
import { optionName } from "../../src/runs/option-values.ts";
import { sessionValues } from "../runtime/variables.ts";
import { MagicError } from "./magic.ts";
import { suggestion } from "./option.ts";

type Options = Readonly<Record<string, unknown>>;

function isObjective(value: unknown): value is ObjectiveDefinition {
  const one = value as Partial<ObjectiveDefinition> | null | undefined;
  return typeof one?.create === "function" && typeof one.name === "string" && typeof one.source === "string";
}

/** The objectives that the session's variables hold, by variable and by name. */
export function cellObjectives(): Map<string, ObjectiveDefinition> {
  const objectives = new Map<string, ObjectiveDefinition>();
  for (const [variable, value] of sessionValues()) {
    if (!isObjective(value)) continue;
    objectives.set(variable, value);
    objectives.set(value.name, value);
  }
  return objectives;
}

/** The objectives that `objective=` gives: names, variables, or the value of `{…}`. */
function chosenObjectives(given: unknown): ObjectiveDefinition[] {
  if (given === undefined) return [];
  const known = cellObjectives();
  const chosen = (Array.isArray(given) ? given : [given]).map((one: unknown) => {
    const found = isObjective(one) ? one : known.get(String(one));
    if (found) return found;
    throw new MagicError(
      `objective=${String(one)}: no objective has that name${suggestion(String(one), known.keys())} (one is made with defineObjective in a cell that has run; loss=${builtInLosses.dpo.map(({ name }) => name).join(" | ")} are built in)`,
    );
  });
  const [first, second] = chosen;
  if (second && (chosen.length > 2 || first!.shape === second.shape))
    throw new MagicError(
      `objective=${chosen.map(({ name }) => name).join(",")}: give one for preferences, one for SFT rows, or one of each`,
    );
  return chosen;
}

/**
 * The objectives that a call gives, the specification's part that trains with them, with their own options, and the
 * call's other options.
 * @param reserved names that are no objective's options
 */
export function objectivesOf(options: Options, reserved: ReadonlySet<string>) {
  const objectives = chosenObjectives(options.objective);
  const others = { ...options };
  const slots = objectives.map((objective) => {
    const own: Record<string, unknown> = { loss: objective.name };
    for (const [written, value] of Object.entries(options)) {
      if (reserved.has(written) || !hasOption(objective, written)) continue;
      const name = optionName(objective.options, written, objective.name);
      own[name] = asTyped(objective.options[name]!.type, value);
      delete others[written];
    }
    return [slotOf(objective), own] as const;
  });
  const part = slots.length > 0 ? { objectives: Object.fromEntries(slots) } : {};
  return { objectives, part, others };
}

/** An option that a magic's own table does not know comes as text. */
function asTyped(type: string, value: unknown): unknown {
  if (value === true || value === "true") return true;
  if (value === "false") return false;
  return typeof value === "string" && (type === "number" || type === "integer") ? Number(value) : value;
}

/**
 * A change of the session's specification for a call that names losses: takes out the options of losses that it had
 * before and that the new ones do not have.
 */
export function leaveBehind(
  session: Options,
  part: Options,
  own: readonly ObjectiveDefinition[] = [],
): Options {
  const slots = (["dpo", "sft"] as const).flatMap((slot) => {
    const { loss } = slotIn(part, slot);
    if (typeof loss !== "string") return [];
    const definition = findLoss(slot, { loss }, own);
    const foreign = Object.keys(slotIn(session, slot)).filter(
      (name) => name !== "loss" && !hasOption(definition, name),
    );
    return [[slot, Object.fromEntries(foreign.map((name) => [name, undefined]))] as const];
  });
  return slots.length > 0 ? { objectives: Object.fromEntries(slots) } : {};
}

function slotIn(specification: Options, slot: string): Options {
  return ((specification.objectives as Options | undefined)?.[slot] ?? {}) as Options;
}
