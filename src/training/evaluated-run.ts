import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { embeddedModels } from "../checkpoints/index.ts";
import { embeddedData } from "../data/index.ts";
import type { LossPoint } from "../evaluation/point.ts";
import { objectivesOf, type RunObjectives } from "../objectives/index.ts";
import type { RunDirectory, RunRecord } from "../runs/directory.ts";
import { readEvents } from "../runs/event-log.ts";
import type { RunEvent } from "../runs/events.ts";
import type { Specification } from "../runs/specification.ts";
import { newestCheckpoint } from "./checkpoint.ts";
import { TrainingError } from "./error.ts";
import type { EvaluateOptions } from "./evaluate.ts";
import { checkRows, preparationOf, type Target, whole } from "./evaluation-target.ts";
import { checkInputs } from "./inputs.ts";
import { allRows } from "./language-task.ts";
import { LanguageWorkshop } from "./language-workshop.ts";
import { loadReference } from "./reference-policy.ts";
import type { ReferenceValues } from "./reference-values.ts";
import type { Task } from "./task.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";

/** A run's final weights, or those of its newest checkpoint, on its own evaluation rows or on other data. */
export async function openRun(
  target: string,
  directory: RunDirectory,
  options: EvaluateOptions,
): Promise<Target> {
  const record = directory.readRecord();
  const events = readEvents(directory.events);
  const weights: Weights = options.adapter
    ? { kind: "final", directory: resolve(options.adapter), step: null }
    : weightsOf(directory, record, events);
  const specification = await here(record, options);
  const preparation = preparationOf(resolve(directory.path, ".."), options);
  const objectives = objectivesOf(specification.objectives, options.objectives);
  checkObjectives(record, objectives);
  const recorded = options.memory === undefined ? record.versions : {};
  const own = () => openWorkshop(specification, preparation, objectives, recorded);
  let workshop: Workshop;
  let reference: ReferenceValues | undefined;
  if (options.data) {
    checkInputs({ ...specification, data: options.data }, "evaluate");
    const other = { ...specification, data: options.data, evaluation: whole };
    workshop = await openWorkshop(other, preparation, objectives, recorded);
    reference = await referenceFor(workshop, own, events, target);
  } else {
    workshop = await own();
    checkUnchanged(record, workshop);
  }
  const task = await open(workshop, weights, reference);
  const { step } = weights;
  const rows = await checkRows(target, workshop, task, specification, options);
  const ideal = options.data ? null : idealOf(events);
  return {
    task,
    model: record.specification.model,
    run: record.id,
    weights: options.adapter ? "adapter" : weights.kind,
    step,
    rows,
    ideal,
  };
}

interface Weights {
  readonly kind: "final" | "checkpoint";
  readonly directory: string;
  readonly step: number | null;
  /** Of a checkpoint: `Task.state()`. */
  readonly state?: unknown;
}

/** The run's last weights that are on disk. */
function weightsOf(
  directory: RunDirectory,
  { id, specification }: RunRecord,
  events: readonly RunEvent[],
): Weights {
  const ended = events.at(-1);
  if (existsSync(directory.final) && ended?.type === "finished")
    return { kind: "final", directory: directory.final, step: ended.step };
  const newest = newestCheckpoint(directory.checkpoints);
  if (newest)
    return {
      kind: "checkpoint",
      directory: newest.directory,
      step: newest.state.step,
      state: newest.state.task,
    };
  throw new TrainingError(
    `run ${id} has no checkpoint yet, and no final weights; wait for its first (every ${specification.checkpoint.every} steps)`,
  );
}

async function open(workshop: Workshop, weights: Weights, reference?: ReferenceValues): Promise<Task> {
  if (weights.kind === "final")
    return workshop instanceof LanguageWorkshop
      ? workshop.openFinal(weights.directory, reference ? { reference } : {})
      : workshop.openFinal(weights.directory);
  const task =
    workshop instanceof LanguageWorkshop
      ? await workshop.createTask(reference ? { reference } : {})
      : await workshop.createTask();
  task.restore(weights.state);
  await task.load(weights.directory);
  return task;
}

/** The reference policy's values on other rows than the run's; undefined where the workshop itself knows them. */
async function referenceFor(
  workshop: Workshop,
  own: () => Promise<Workshop>,
  events: readonly RunEvent[],
  target: string,
): Promise<ReferenceValues | undefined> {
  if (
    !(workshop instanceof LanguageWorkshop) ||
    !workshop.data.dpo ||
    !workshop.objectives.dpo.needsReference
  )
    return undefined;
  const { reference } = workshop.specification;
  const moved = events.some((event) => event.type === "stage" && event.objective === "dpo");
  if (reference === "start" && moved)
    throw new TrainingError(
      `${target}: its reference policy is the model as it was when its DPO stage began, and only its log-probabilities on the run's own rows are kept; leave data.dpo out`,
    );
  if (typeof reference === "string") return undefined;
  const trained = (await own()) as LanguageWorkshop;
  return loadReference(trained, allRows(workshop.data.dpo), workshop.dataHashes.dpo);
}

/** A run's specification as it is read from here: paths are relative to where the run was started. */
async function here(record: RunRecord, { memory, threads }: EvaluateOptions): Promise<Specification> {
  const { specification, workingDirectory } = record;
  const place = (name: string, names: readonly string[]) =>
    !names.includes(name) && existsSync(resolve(workingDirectory, name))
      ? resolve(workingDirectory, name)
      : name;
  const { model, data, reference } = specification;
  const elsewhere = resolve(workingDirectory) !== process.cwd();
  const dataHere = Object.fromEntries(
    Object.entries(data).map(([key, name]) => [key, place(name!, Object.keys(embeddedData))]),
  );
  return {
    ...specification,
    ...(elsewhere
      ? {
          model: place(model, await embeddedModels()),
          data: dataHere,
          reference: typeof reference === "string" ? place(reference, ["start"]) : reference,
        }
      : {}),
    ...(memory === undefined ? {} : { memory }),
    ...(threads === undefined ? {} : { threads }),
  };
}

/** f* as the run's start recorded it. */
function idealOf(events: readonly RunEvent[]): LossPoint | null {
  const started = events.find((event) => event.type === "started");
  const { dpo, sft } = started?.ideal ?? {};
  return dpo !== undefined && sft !== undefined ? { dpo, sft } : null;
}

function checkObjectives({ id, objectiveHashes = {} }: RunRecord, objectives: RunObjectives): void {
  for (const slot of ["dpo", "sft"] as const)
    if (objectiveHashes[slot] !== undefined && objectives[slot].sourceHash !== objectiveHashes[slot])
      throw new TrainingError(
        `run ${id}: the source of objective ${JSON.stringify(objectives[slot].name)} has changed since the run began; its losses would be of another objective`,
      );
}

function checkUnchanged({ id, dataHashes = {} }: RunRecord, workshop: Workshop): void {
  for (const [name, hash] of Object.entries(dataHashes))
    if (hash !== workshop.dataHashes[name])
      throw new TrainingError(
        `data.${name} has changed since run ${id} was trained; put the old file back, or give data to evaluate on other rows`,
      );
}
