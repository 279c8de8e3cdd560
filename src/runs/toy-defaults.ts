import { builtInLosses } from "../objectives/index.ts";
import { Specification, type SpecificationInput } from "./specification.ts";

type Tree = { readonly [key: string]: unknown };

/** The toy's own defaults (D.1; SGD, β = 1 (of the losses that have a reference) and f* = 0 are ours, the paper does not state them). */
const defaults: Tree = {
  data: {},
  steps: 20_000,
  lora: null,
  reference: { sft: "chosen", steps: 1000 },
  ideal: { dpo: 0, sft: 0 },
  optimizer: { name: "sgd", learningRate: 0.01, weightDecay: 0.001, clip: null },
  batchSize: { sft: 1, dpo: 1 },
  evaluation: { every: 100, fraction: 1, heldOut: false },
  checkpoint: { every: 5000 },
};

/** D.1: "a threshold of 0.05 for the objective value"; MAXRIGHT as Algorithm 3. */
const methodDefaults: Readonly<Record<string, Tree>> = {
  sequential: { threshold: 0.05 },
  maxright: { k: 1 },
};

/** `input` with the toy's defaults beneath it; an input for a language model is left as it is. */
export function withToyDefaults(input: unknown): unknown {
  if (!isTree(input) || typeof input.model !== "string" || !input.model.startsWith("toy:")) return input;
  const method = isTree(input.method) ? input.method : {};
  const options = typeof method.name === "string" ? (methodDefaults[method.name] ?? {}) : {};
  const { steps, ...others } = defaults;
  const length = "steps" in input || "epochs" in input || "steps" in method ? {} : { steps };
  const objectives = { objectives: { dpo: hasReference(input) ? { beta: 1 } : {} } };
  return beneath(
    { ...others, ...objectives, ...length, ...("method" in input ? { method: options } : {}) },
    input,
  );
}

/** Whether the loss of the preferences is one of those built in that have a reference, and so DPO's β. */
function hasReference({ objectives }: Tree): boolean {
  const slot = isTree(objectives) && isTree(objectives.dpo) ? objectives.dpo : {};
  const loss = slot.loss ?? "sigmoid";
  return builtInLosses.dpo.some(({ name, needsReference }) => name === loss && needsReference);
}

/** A whole specification of a toy run, for callers that have no methods to check. */
export function toySpecification(input: SpecificationInput | Tree): Specification {
  return Specification.parse(withToyDefaults(input));
}

/** `over` on top of `under`, objects merged key by key. An object that stands for another shape (a union) replaces it. */
function beneath(under: Tree, over: Tree): Tree {
  const merged: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const mergeable = key !== "reference" && key !== "ideal";
    merged[key] = mergeable && isTree(value) && isTree(under[key]) ? beneath(under[key], value) : value;
  }
  return merged;
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
