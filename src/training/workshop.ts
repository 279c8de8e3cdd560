import type { RunObjectives } from "../objectives/index.ts";
import type { Specification } from "../runs/specification.ts";
import type { Task } from "./task.ts";
import { ToyTask } from "./toy-task.ts";

/** What runs of one specification share: model and data, loaded once; each run has its own task. */
export interface Workshop {
  /** The run's, with what only the model decides filled in: an adapter's targets. */
  readonly specification: Specification;
  /** Content hash of model, data and whatever else decides the losses. */
  readonly fingerprint: string;
  /** What a run's bits depend on: versions, and the number of threads. */
  readonly versions: Readonly<Record<string, string>>;
  /** SHA-256 of each data file. */
  readonly dataHashes: Readonly<Record<string, string>>;
  readonly objectives: RunObjectives;
  /** A task at the base model. */
  createTask(): Task | Promise<Task>;
  /** Writes `final/` for a task that has been trained. */
  writeFinal(task: Task, directory: string): void | Promise<void>;
  /** A task with the weights that `writeFinal` wrote, to be evaluated. */
  openFinal(directory: string): Task | Promise<Task>;
  /** How many rows `Task.evaluation` is over. */
  readonly evaluationRows: { readonly dpo: number; readonly sft: number };
}

/** What preparing reports, and where it may be interrupted. */
export interface Preparation {
  /** One line of what is being done. */
  note(text: string): void;
  /** Lets requests in; throws where one of them ends the preparation. */
  checkpoint(): void | Promise<void>;
  /** Directory of what is computed once for many runs. */
  readonly cache: string;
}

/**
 * Loads a specification's model and data.
 * @param recorded what a run that is resumed recorded as its `versions`: the way it was computed is kept
 */
export async function openWorkshop(
  specification: Specification,
  preparation: Preparation,
  objectives: RunObjectives,
  recorded: Readonly<Record<string, string>> = {},
): Promise<Workshop> {
  if (specification.model.startsWith("toy:")) {
    return {
      specification,
      fingerprint: specification.model,
      versions: {},
      dataHashes: {},
      objectives,
      createTask: () => new ToyTask(specification, objectives),
      writeFinal: (task, directory) => task.save(directory),
      openFinal(directory) {
        const task = new ToyTask(specification, objectives);
        task.load(directory);
        return task;
      },
      evaluationRows: { dpo: 1, sft: 1 },
    };
  }
  const { openLanguageWorkshop } = await import("./language-workshop.ts");
  return openLanguageWorkshop(specification, preparation, objectives, recorded);
}
