import { shown } from "../shown.ts";
import { TimeLimitError, withinTime } from "../time-limit.ts";
import { type LanguageModel, ModelError } from "./model.ts";

/**
 * Which linear layers an adapter applies to, as PEFT's `target_modules` says it: a list of module names, whole ones or
 * their ends (`q_proj`, `mlp.up_proj`); or one string, `all-linear` (all but the output head) or a regular expression
 * that matches whole names. Beyond PEFT, a name in a list may contain `*` for anything (`layers.0.*`) or be
 * `all-linear`, and `null` means the model's own default, which is PEFT's for its architecture.
 */
export type Targets = string | readonly string[] | null;

/** Module names of the targeted layers, in the order of the forward pass. @throws ModelError for a target without any */
export function targetedLayers(model: LanguageModel, targets: Targets): string[] {
  const { linearLayers } = model;
  const given = targets ?? model.defaultTargets;
  const matchers = typeof given === "string" ? [ofString(given)] : given.map(ofName);
  if (!matchers.length) throw new ModelError("lora.targets is empty; name at least one linear layer");
  const layers = matching(model, matchers);
  for (const { target, matches } of matchers) {
    if (layers.get(target)!.length > 0) continue;
    if (matches(model.head.replace(/\.weight$/, ""))) {
      throw new ModelError(`lora.targets: "${target}" is the output head, which takes no adapter`);
    }
    const known = [...new Set(linearLayers.map((module) => module.split(".").at(-1)))].join(", ");
    throw new ModelError(
      typeof given === "string"
        ? `lora.targets: the expression ${JSON.stringify(target)} matches no linear layer; it must match a whole name such as ${linearLayers[0]} (for names give a list; the model has ${known})`
        : `lora.targets: "${target}" names no linear layer of the model; it has ${known}`,
    );
  }
  const targeted = new Set([...layers.values()].flat());
  return linearLayers.filter((module) => targeted.has(module));
}

/** An expression that takes longer on names of some twenty letters would take for ever. */
const LONGEST = 1000;

/** The layers of each target. An adapter's config is foreign, and so are its expressions: some backtrack for years. */
function matching({ linearLayers }: LanguageModel, matchers: readonly Matcher[]): Map<string, string[]> {
  try {
    return withinTime(
      LONGEST,
      () => new Map(matchers.map(({ target, matches }) => [target, linearLayers.filter(matches)])),
    );
  } catch (error) {
    if (!(error instanceof TimeLimitError)) throw error;
    const targets = matchers.map(({ target }) => target);
    throw new ModelError(
      `lora.targets: ${shown(targets)} took over ${LONGEST} ms to compare with the model's ${linearLayers.length} layers; give plain names`,
    );
  }
}

interface Matcher {
  readonly target: string;
  matches(module: string): boolean;
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

const isAll = (target: string) => target.toLowerCase() === "all-linear";

/** A name, or the end of one after a dot; `*` in it stands for anything. */
function ofName(target: string): Matcher {
  if (isAll(target)) return { target, matches: () => true };
  const pattern = target.split("*").map(escaped).join(".*");
  const whole = new RegExp(`^(?:.*\\.)?${pattern}$`);
  return { target, matches: (module) => whole.test(module) };
}

function ofString(target: string): Matcher {
  if (isAll(target)) return { target, matches: () => true };
  try {
    const whole = new RegExp(`^(?:${target})$`);
    return { target, matches: (module) => whole.test(module) };
  } catch (error) {
    throw new ModelError(
      `lora.targets: ${JSON.stringify(target)} is no regular expression (${(error as Error).message})`,
    );
  }
}
