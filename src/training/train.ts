import { resolve } from "node:path";
import { libraryVersion } from "../library-version.ts";
import type { Method } from "../methods/method.ts";
import type { ObjectiveDefinition } from "../objectives/index.ts";
import {
  createRunDirectory,
  findRunDirectory,
  type RunDirectory,
  type RunRecord,
} from "../runs/directory.ts";
import { readSnapshot } from "../runs/list.ts";
import { parseSpecification } from "../runs/parse-specification.ts";
import type { SpecificationInput } from "../runs/specification.ts";
import { TrainingError } from "./error.ts";
import { RunHandle } from "./handle.ts";
import { checkInputs } from "./inputs.ts";
import { type Own, ownOf, ownOfRecord, sourceHashes } from "./own.ts";
import type { Run } from "./run.ts";

export interface TrainOptions {
  /** The directory of run directories. Default `runs`. */
  readonly runs?: string;
  /** Methods defined outside the library (`defineMethod`) that the specification may name; they stay in this process. */
  readonly methods?: readonly Method[];
  /** Objectives defined outside the library (`defineObjective`), likewise. */
  readonly objectives?: readonly ObjectiveDefinition[];
  /** What the specification is, for messages: its file's name. */
  readonly where?: string;
}

/**
 * Starts a run in a trainer process of its own, and returns its handle at once.
 * @throws SpecificationError when the specification can't be used, RunStoreError when the run can't be written; failures of
 *   the run itself reject `run.done`
 */
export function train(specification: SpecificationInput, options: TrainOptions = {}): Run {
  const { directory, record, own } = createRun(specification, options);
  return new RunHandle(directory, record, own, false);
}

/** A run that is on disk and has not begun. @throws as `train` does */
export function createRun(
  specification: SpecificationInput,
  options: TrainOptions & Pick<RunRecord, "sweep"> = {},
): { directory: RunDirectory; record: RunRecord; own: Own } {
  const { runs = "runs", where = "specification", sweep } = options;
  const parsed = parseSpecification(specification, where, options);
  checkInputs(parsed, where);
  const own = ownOf(parsed, options);
  const { directory, record } = createRunDirectory(resolve(runs), {
    specification: parsed,
    workingDirectory: process.cwd(),
    versions: { "alright-ts": libraryVersion, node: process.version },
    ...sourceHashes(own),
    ...(sweep && { sweep }),
  });
  return { directory, record, own };
}

/**
 * Goes on with a run that paused, failed or whose process was killed, from its newest good checkpoint.
 * @param directoryOrId a run directory, or a run's id below `options.runs`
 * @throws SpecificationError where no run is; RunStoreError where its files can't be read or written; TrainingError where it
 *   has ended, is running, or its method or objective is missing
 */
export function resumeRun(directoryOrId: string, options: TrainOptions = {}): Run {
  const { runs = "runs" } = options;
  const directory = findRunDirectory(directoryOrId, runs);
  const record = directory.readRecord();
  const owner = directory.liveOwner();
  if (owner !== null)
    throw new TrainingError(
      `run ${record.id} is running now (process ${owner}); pause it there first (where the session that started it is gone, it pauses by itself once its checkpoint is written)`,
    );
  const { state } = readSnapshot(directory);
  if (state === "finished" || state === "stopped")
    throw new TrainingError(`run ${record.id} is ${state}; a run that has ended can't be resumed`);
  directory.checkWritable();
  return new RunHandle(directory, record, ownOfRecord(record, options), true);
}
