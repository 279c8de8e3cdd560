import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isGguf, loadAdapter, loadModel } from "../checkpoints/index.ts";
import type { Example } from "../data/examples.ts";
import type { LanguageLearner } from "../engine/learner.ts";
import { isHubName, resolveHubModel } from "../hub/index.ts";
import type { Specification } from "../runs/specification.ts";
import { fillAdapter } from "./adapters.ts";
import { cached } from "./cached.ts";
import { TrainingError } from "./error.ts";
import { whileFetching } from "./hub-names.ts";
import { trainAlone } from "./ideal.ts";
import type { LanguageWorkshop } from "./language-workshop.ts";
import { type ReferenceValues, referenceValues } from "./reference-values.ts";
import type { Preparation } from "./workshop.ts";

/**
 * The reference policy's log-probabilities on the preference rows, computed once for model, data and reference, and
 * cached: the base model ("start"), one trained from it by SFT (θ_ref of the paper), or a model or adapter on disk.
 * @param of SHA-256 of the rows' file, where they are others than the workshop's
 */
export async function loadReference(
  workshop: LanguageWorkshop,
  examples: readonly Example[],
  of?: string,
): Promise<ReferenceValues> {
  const { specification, fingerprint, preparation } = workshop;
  const { reference, lora, optimizer, batchSize, seed, objectives, evaluation } = specification;
  // A reference that is there depends on less than one that is trained.
  const { fraction, heldOut } = evaluation;
  const training = {
    lora,
    optimizer,
    batchSize: batchSize.sft,
    seed,
    sft: objectives.sft,
    fraction,
    heldOut,
  };
  const trained = typeof reference === "object" ? training : null;
  const rows = examples.length;
  const place = workshop.reference;
  const key = { fingerprint, reference, rows, adapted: lora !== null, trained, of };
  const entries = await cached(preparation, "reference", key, async () => {
    const values =
      typeof place === "string"
        ? await computed(await learnerAt(workshop, place), workshop, examples)
        : await trainedReference(workshop, place, examples);
    return [...values];
  });
  return new Map(entries);
}

async function trainedReference(
  workshop: LanguageWorkshop,
  { sft, steps }: { sft: "chosen" | "sft"; steps: number },
  examples: readonly Example[],
): Promise<ReferenceValues> {
  const { specification, preparation } = workshop;
  const task = await workshop.createReferenceTask(sft);
  try {
    const what = `reference policy (SFT on ${sft === "chosen" ? "the chosen responses" : "the instructions"})`;
    await trainAlone(task, "sft", specification, steps, preparation, what);
    return await referenceValues(task.learner, examples, preparation);
  } finally {
    await task.dispose();
  }
}

async function computed(
  learner: LanguageLearner,
  { preparation }: LanguageWorkshop,
  examples: readonly Example[],
): Promise<ReferenceValues> {
  try {
    return await referenceValues(learner, examples, preparation);
  } finally {
    await learner.dispose();
  }
}

/** A learner at the base model, or at a reference on disk. */
async function learnerAt(workshop: LanguageWorkshop, reference: string): Promise<LanguageLearner> {
  if (reference === "start") return workshop.learner();
  const { kind, path } = findReference(reference, workshop.preparation.cache);
  if (kind === "model") return workshop.learner({ model: await loadModel(path) });
  const { lora, tensors } = await loadAdapter(path);
  const learner = await workshop.learner({ lora });
  fillAdapter(learner.parameters, tensors, path);
  return learner;
}

/** A reference whose name is of the hub, an adapter or a model, by its place on disk; others as they are. @throws HubError */
export async function placeOfReference(
  reference: Specification["reference"],
  preparation: Preparation,
): Promise<Specification["reference"]> {
  if (typeof reference !== "string" || !isHubName(reference)) return reference;
  const accept = ["adapter", "model"] as const;
  const { path } = await whileFetching(preparation, (options) =>
    resolveHubModel(reference, { ...options, accept }),
  );
  return path;
}

/**
 * Where a reference on disk is: an adapter or a model directory, a GGUF file, or a run (by directory or id) that has one in `final/`.
 * @throws TrainingError saying where it looked
 */
function findReference(reference: string, cache: string): { kind: "adapter" | "model"; path: string } {
  if (isGguf(reference) && existsSync(reference)) return { kind: "model", path: resolve(reference) };
  const places = [resolve(reference), join(dirname(cache), reference)].flatMap((place) => [
    place,
    join(place, "final"),
  ]);
  const has = (file: string) => places.find((place) => existsSync(join(place, file)));
  const adapter = has("adapter_config.json");
  if (adapter) return { kind: "adapter", path: adapter };
  const model = has("config.json");
  if (model) return { kind: "model", path: model };
  throw new TrainingError(
    `reference is ${JSON.stringify(reference)}: no adapter (adapter_config.json) and no model (config.json) in ${places.join(", ")}`,
  );
}

/** SHA-256 of the weights of a reference on disk, so that what is cached belongs to its content; null for others. */
export function referenceDigest(reference: Specification["reference"], cache: string): string | null {
  if (typeof reference !== "string" || reference === "start") return null;
  const { path } = findReference(reference, cache);
  const hash = createHash("sha256");
  const files = isGguf(path)
    ? [path]
    : readdirSync(path)
        .filter((file) => file.endsWith(".safetensors"))
        .sort()
        .map((file) => join(path, file));
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest("hex");
}
