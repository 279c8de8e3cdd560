import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { loadAdapter } from "../checkpoints/index.ts";
import { objectivesOf } from "../objectives/index.ts";
import { parseSpecification } from "../runs/parse-specification.ts";
import { TrainingError } from "./error.ts";
import type { EvaluateOptions } from "./evaluate.ts";
import { checkRows, preparationOf, type Target, whole } from "./evaluation-target.ts";
import { checkInputs } from "./inputs.ts";
import { openWorkshop } from "./workshop.ts";

/** A model as it is, or with an adapter of a PEFT directory, on data that is given. */
export async function openModel(target: string, runs: string, options: EvaluateOptions): Promise<Target> {
  const isAdapter = existsSync(join(resolve(target), "adapter_config.json"));
  const adapter = isAdapter ? await loadAdapter(resolve(target)) : null;
  if (adapter && adapter.base === null)
    throw new TrainingError(
      `${target}: its adapter_config.json names no model (base_model_name_or_path), so there is none to put the adapter on`,
    );
  const model = adapter?.base ?? target;
  const toy = model.startsWith("toy:");
  if (!toy && !options.data)
    throw new TrainingError(
      `${target} is no run below ${runs}, and a model has no data of its own: give data, as { dpo: "dpo.jsonl", sft: "sft.jsonl" }`,
    );
  const specification = parseSpecification(
    {
      model,
      data: toy ? {} : options.data,
      method: { name: options.data && !options.data.sft ? "dpo" : "sft" },
      steps: 1,
      ideal: null,
      reference: toy ? undefined : "start",
      evaluation: whole,
      // An adapter that is all zeros: the model as it is, and no gradient of all its weights is ever prepared.
      ...(toy ? {} : { lora: adapter ? adapter.lora : { rank: 1, alpha: 1 } }),
      memory: options.memory ?? null,
      threads: options.threads ?? null,
    },
    "evaluate",
  );
  checkInputs(specification, "evaluate");
  const objectives = objectivesOf(specification.objectives);
  const workshop = await openWorkshop(specification, preparationOf(runs, options), objectives);
  const task = adapter ? await workshop.openFinal(resolve(target)) : await workshop.createTask();
  const rows = await checkRows(target, workshop, task, specification, options);
  const weights = adapter ? "adapter" : "model";
  return { task, model, run: null, weights, step: null, rows, ideal: null };
}
